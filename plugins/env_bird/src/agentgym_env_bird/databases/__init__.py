"""The package's own databases: for each a schema, questions, and a module that draws its rows. All of it is made up."""

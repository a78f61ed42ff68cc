"""What an earlier build of this product did, recorded, and how to do it again on the build at hand."""

CREATE TABLE shops (
  shop_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  opened TEXT, -- YYYY-MM-DD
  seats INTEGER NOT NULL -- 0 where one cannot sit
);
CREATE TABLE products (
  product_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sort TEXT NOT NULL, -- bread, roll, cake or drink, in any case
  price TEXT NOT NULL, -- in euros, such as €2.40
  until TEXT -- YYYY-MM-DD when it was last made; NULL where it still is
);
CREATE TABLE ingredients (
  ingredient_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  allergen TEXT -- yes, no, or NULL where unknown
);
CREATE TABLE recipes (
  product_id INTEGER NOT NULL REFERENCES products (product_id),
  ingredient_id INTEGER NOT NULL REFERENCES ingredients (ingredient_id),
  grams REAL NOT NULL, -- for one piece
  PRIMARY KEY (product_id, ingredient_id)
);
CREATE TABLE sales (
  sale_id INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops (shop_id),
  product_id INTEGER NOT NULL REFERENCES products (product_id),
  day TEXT NOT NULL, -- YYYY-MM-DD
  pieces INTEGER NOT NULL, -- negative where brought back
  paid TEXT -- cash or card, in any case; NULL where unknown
);
CREATE TABLE leftovers (
  shop_id INTEGER NOT NULL REFERENCES shops (shop_id),
  product_id INTEGER NOT NULL REFERENCES products (product_id),
  day TEXT NOT NULL, -- YYYY-MM-DD
  pieces INTEGER NOT NULL,
  PRIMARY KEY (shop_id, product_id, day)
);
CREATE INDEX sales_product ON sales (product_id)

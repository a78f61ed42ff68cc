CREATE TABLE suppliers (
  supplier_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT, -- two letters, or N/A where unknown
  rating INTEGER -- 1 to 5; NULL where not rated
);
CREATE TABLE parts (
  part_no TEXT PRIMARY KEY, -- such as P-104
  title TEXT NOT NULL,
  colour TEXT, -- in any case; N/A where it has none
  weight_g REAL
);
CREATE TABLE contains (
  part_no TEXT NOT NULL REFERENCES parts (part_no), -- the assembly
  piece_no TEXT NOT NULL REFERENCES parts (part_no), -- what it is made of
  pieces INTEGER NOT NULL,
  PRIMARY KEY (part_no, piece_no)
);
CREATE TABLE offers (
  supplier_id INTEGER NOT NULL REFERENCES suppliers (supplier_id),
  part_no TEXT NOT NULL REFERENCES parts (part_no),
  price TEXT NOT NULL, -- such as 12.50 or 12,50
  days INTEGER, -- days to deliver; NULL where not promised
  PRIMARY KEY (supplier_id, part_no)
);
CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY,
  supplier_id INTEGER NOT NULL REFERENCES suppliers (supplier_id),
  placed TEXT NOT NULL, -- YYYY-MM-DD
  arrived TEXT -- YYYY-MM-DD; NULL where not yet
);
CREATE TABLE "order lines" (
  order_id INTEGER NOT NULL REFERENCES orders (order_id),
  part_no TEXT NOT NULL REFERENCES parts (part_no),
  quantity INTEGER NOT NULL,
  "unit price" REAL NOT NULL,
  PRIMARY KEY (order_id, part_no)
);
CREATE TABLE stock (
  part_no TEXT PRIMARY KEY REFERENCES parts (part_no),
  on_hand INTEGER NOT NULL, -- negative where more was booked out than in
  shelf TEXT -- a letter and a number
);
CREATE INDEX orders_supplier ON orders (supplier_id)

-- simple: How many parts are there?
SELECT COUNT(*) FROM parts;

-- simple: Which suppliers have no rating? Give their names.
SELECT name FROM suppliers WHERE rating IS NULL;

-- simple: Of how many suppliers is the country unknown?
-- evidence: country is N/A
SELECT COUNT(*) FROM suppliers WHERE country = 'N/A';

-- simple: Which parts have a negative number on hand? Give their numbers.
SELECT part_no FROM stock WHERE on_hand < 0;

-- simple: How many orders have not arrived yet?
SELECT COUNT(*) FROM orders WHERE arrived IS NULL;

-- simple: What is the total quantity ordered of all parts together?
SELECT SUM(quantity) FROM "order lines";

-- simple: Give number and title of the heaviest part.
SELECT part_no, title FROM parts ORDER BY weight_g DESC LIMIT 1;

-- simple: How many orders were placed in 2022?
SELECT COUNT(*) FROM orders WHERE placed LIKE '2022-%';

-- moderate: How many parts are there of each colour? Give the colour in lower case and the number, leaving out parts without a colour.
-- evidence: colour is N/A where a part has none
SELECT LOWER(colour) AS shade, COUNT(*) FROM parts WHERE UPPER(colour) <> 'N/A' GROUP BY shade;

-- moderate: Which parts are not in the stock list? Give their titles.
SELECT p.title FROM parts p LEFT JOIN stock s USING (part_no) WHERE s.part_no IS NULL;

-- moderate: Which suppliers never received an order? Give their names.
SELECT name FROM suppliers WHERE supplier_id NOT IN (SELECT supplier_id FROM orders);

-- moderate: What is the average price of each supplier's offers, rounded to two decimals? Give the supplier's name and the average.
-- evidence: price may have a comma for the point
SELECT s.name, ROUND(AVG(CAST(REPLACE(o.price, ',', '.') AS REAL)), 2) FROM suppliers s JOIN offers o USING (supplier_id)
GROUP BY s.supplier_id;

-- moderate: What is the value of each order with more than three lines? Give the order's id and the sum of quantity times unit price, rounded to two decimals.
SELECT order_id, ROUND(SUM(quantity * "unit price"), 2) FROM "order lines" GROUP BY order_id HAVING COUNT(*) > 3;

-- moderate: Which parts are assemblies and at the same time pieces of another assembly? Give their numbers.
SELECT part_no FROM contains INTERSECT SELECT piece_no FROM contains;

-- moderate: How long did deliveries of each supplier take on average, in days rounded to one decimal? Give the supplier's name and the days, for those with arrived orders.
SELECT s.name, ROUND(AVG(JULIANDAY(o.arrived) - JULIANDAY(o.placed)), 1) FROM suppliers s JOIN orders o USING (supplier_id)
WHERE o.arrived IS NOT NULL GROUP BY s.supplier_id;

-- moderate: Which parts are offered by at least four suppliers? Give part number and number of offers.
SELECT part_no, COUNT(*) FROM offers GROUP BY part_no HAVING COUNT(*) >= 4;

-- moderate: How many parts lie on each shelf letter? Give the letter and the number, leaving out parts without a shelf.
SELECT SUBSTR(shelf, 1, 1) AS letter, COUNT(*) FROM stock WHERE shelf IS NOT NULL GROUP BY letter;

-- hard: Who offers each part the cheapest? Give part number, supplier's name and price as a number, only for parts with at least four offers; all suppliers where several are equally cheap.
-- evidence: price may have a comma for the point
WITH prices AS (SELECT part_no, supplier_id, CAST(REPLACE(price, ',', '.') AS REAL) AS price FROM offers)
SELECT part_no, name, price FROM (
  SELECT *, RANK() OVER (PARTITION BY part_no ORDER BY price) AS place, COUNT(*) OVER (PARTITION BY part_no) AS number FROM prices
) JOIN suppliers USING (supplier_id) WHERE place = 1 AND number >= 4;

-- hard: Which parts are needed, directly or within pieces, for P-100? Give their numbers.
WITH RECURSIVE needed (part_no) AS (
  SELECT piece_no FROM contains WHERE part_no = 'P-100'
  UNION SELECT c.piece_no FROM contains c JOIN needed n ON c.part_no = n.part_no
)
SELECT part_no FROM needed;

-- hard: How many levels deep is the deepest assembly? A part without pieces has 0 levels, one whose pieces have none has 1.
WITH RECURSIVE deep (part_no, level) AS (
  SELECT part_no, 0 FROM parts
  UNION SELECT c.part_no, d.level + 1 FROM contains c JOIN deep d ON d.part_no = c.piece_no
)
SELECT MAX(level) FROM deep;

-- hard: Which supplier received the largest share of all spending, and how much is it in percent, rounded to one decimal? Give name and share.
SELECT s.name, ROUND(100.0 * SUM(l.quantity * l."unit price") / (SELECT SUM(quantity * "unit price") FROM "order lines"), 1) AS share
FROM suppliers s JOIN orders o USING (supplier_id) JOIN "order lines" l USING (order_id) GROUP BY s.supplier_id ORDER BY share DESC LIMIT 1;

-- hard: Give the spending of each month of 2023 in which orders were placed (YYYY-MM) and how it ranks among them, the highest first; round to two decimals.
SELECT month, ROUND(total, 2), RANK() OVER (ORDER BY total DESC) FROM (
  SELECT SUBSTR(o.placed, 1, 7) AS month, SUM(l.quantity * l."unit price") AS total
  FROM orders o JOIN "order lines" l USING (order_id) WHERE o.placed LIKE '2023-%' GROUP BY month
) ORDER BY total DESC;

-- hard: Which orders arrived later than promised for at least one of their lines? Give the ids.
-- evidence: promised are the days of the offer of the same supplier and part
SELECT DISTINCT o.order_id FROM orders o JOIN "order lines" l USING (order_id)
JOIN offers f ON f.supplier_id = o.supplier_id AND f.part_no = l.part_no
WHERE JULIANDAY(o.arrived) - JULIANDAY(o.placed) > f.days;

-- hard: For how many assemblies does the weight of the pieces, each times its number, exceed the assembly's own weight? Count only assemblies all of whose weights are known.
SELECT COUNT(*) FROM (
  SELECT a.part_no FROM contains c JOIN parts a ON a.part_no = c.part_no JOIN parts b ON b.part_no = c.piece_no
  GROUP BY a.part_no HAVING COUNT(b.weight_g) = COUNT(*) AND SUM(c.pieces * b.weight_g) > MAX(a.weight_g)
);

-- hard: Which two parts were ordered together in the most orders? Give the two numbers, the smaller first, and the number of orders; all such pairs where several are equal.
WITH pairs AS (
  SELECT a.part_no AS one, b.part_no AS two, COUNT(*) AS times
  FROM "order lines" a JOIN "order lines" b ON b.order_id = a.order_id AND a.part_no < b.part_no GROUP BY one, two
)
SELECT one, two, times FROM pairs WHERE times = (SELECT MAX(times) FROM pairs);

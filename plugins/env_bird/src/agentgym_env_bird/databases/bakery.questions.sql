-- simple: In how many shops can one sit?
SELECT COUNT(*) FROM shops WHERE seats > 0;

-- simple: Which products are not made any more? Give their names.
SELECT name FROM products WHERE until IS NOT NULL;

-- simple: Which ingredients are allergens? Give their names.
SELECT name FROM ingredients WHERE allergen = 'yes';

-- simple: How many sales brought something back?
SELECT COUNT(*) FROM sales WHERE pieces < 0;

-- simple: How many pieces were left over in total?
SELECT SUM(pieces) FROM leftovers;

-- simple: Of which shops is the opening day unknown? Give their names.
SELECT name FROM shops WHERE opened IS NULL;

-- simple: How many sales were made in March 2023?
SELECT COUNT(*) FROM sales WHERE day LIKE '2023-03-%';

-- simple: Give the name of the ingredient with the longest name.
SELECT name FROM ingredients ORDER BY LENGTH(name) DESC LIMIT 1;

-- moderate: How many products are there of each sort? Give the sort in lower case and the number.
-- evidence: sort is written in any case
SELECT LOWER(sort) AS kind, COUNT(*) FROM products GROUP BY kind;

-- moderate: Which product is the most expensive? Give name and price as a number; all of them if several cost the same.
-- evidence: take the euro sign out of price
SELECT name, CAST(REPLACE(price, '€', '') AS REAL) AS euros FROM products
WHERE euros = (SELECT MAX(CAST(REPLACE(price, '€', '') AS REAL)) FROM products);

-- moderate: How many pieces did each shop sell, less those brought back? Give the shop's name and the number.
SELECT s.name, SUM(x.pieces) FROM shops s JOIN sales x USING (shop_id) GROUP BY s.shop_id;

-- moderate: How many sales were paid by card?
-- evidence: paid is written in any case
SELECT COUNT(*) FROM sales WHERE LOWER(paid) = 'card';

-- moderate: Which ingredients are in no recipe? Give their names.
SELECT name FROM ingredients WHERE ingredient_id NOT IN (SELECT ingredient_id FROM recipes);

-- moderate: Which products were never sold? Give their names.
SELECT p.name FROM products p LEFT JOIN sales s USING (product_id) WHERE s.sale_id IS NULL;

-- moderate: What does one piece of each product weigh by its recipe, in grams? Give name and sum, heaviest first.
SELECT p.name, SUM(r.grams) AS weight FROM products p JOIN recipes r USING (product_id) GROUP BY p.product_id ORDER BY weight DESC;

-- moderate: Give the names of products with at least five ingredients.
SELECT p.name FROM products p JOIN recipes r USING (product_id) GROUP BY p.product_id HAVING COUNT(*) >= 5;

-- moderate: How many different products did each shop have left over at least once? Give the shop's name and the number, zero included.
SELECT s.name, COUNT(DISTINCT l.product_id) FROM shops s LEFT JOIN leftovers l USING (shop_id) GROUP BY s.shop_id;

-- hard: What was the revenue of each shop in 2023, rounded to two decimals? Pieces brought back are taken off. Give the shop's name and the revenue.
-- evidence: revenue is pieces times price; take the euro sign out of price
SELECT s.name, ROUND(SUM(x.pieces * CAST(REPLACE(p.price, '€', '') AS REAL)), 2)
FROM sales x JOIN shops s USING (shop_id) JOIN products p USING (product_id) GROUP BY s.shop_id;

-- hard: Which product sold best in each shop, by pieces? Give the shop's name and the product's name; the alphabetically first product where several are equal.
SELECT shop, product FROM (
  SELECT s.name AS shop, p.name AS product, ROW_NUMBER() OVER (PARTITION BY s.shop_id ORDER BY SUM(x.pieces) DESC, p.name) AS place
  FROM sales x JOIN shops s USING (shop_id) JOIN products p USING (product_id) GROUP BY s.shop_id, p.product_id
) WHERE place = 1;

-- hard: Which products contain no ingredient that is known to be an allergen? Give their names; drinks, which have no recipe, do not count.
SELECT p.name FROM products p WHERE EXISTS (SELECT 1 FROM recipes r WHERE r.product_id = p.product_id)
AND NOT EXISTS (SELECT 1 FROM recipes r JOIN ingredients i USING (ingredient_id) WHERE r.product_id = p.product_id AND i.allergen = 'yes');

-- hard: How many kilograms of flour went into everything that was sold, less what was brought back, rounded to two decimals?
-- evidence: grams are for one piece
SELECT ROUND(SUM(s.pieces * r.grams) / 1000.0, 2) FROM sales s JOIN recipes r USING (product_id) JOIN ingredients i USING (ingredient_id)
WHERE i.name = 'flour';

-- hard: On which day was the most sold over all shops, in pieces? Give the day and the number; all such days if several are equal.
WITH days AS (SELECT day, SUM(pieces) AS number FROM sales GROUP BY day)
SELECT day, number FROM days WHERE number = (SELECT MAX(number) FROM days);

-- hard: For each quarter of 2023 (1 to 4), give the pieces sold less those brought back and the change from the quarter before, NULL for the first, in order.
SELECT quarter, number, number - LAG(number) OVER (ORDER BY quarter) FROM (
  SELECT (CAST(SUBSTR(day, 6, 2) AS INTEGER) + 2) / 3 AS quarter, SUM(pieces) AS number FROM sales GROUP BY quarter
) ORDER BY quarter;

-- hard: Which products had more pieces left over than sold at the shop Quay or any single other shop? Give the shop's name and the product's name, comparing totals of one product at one shop.
WITH sold AS (SELECT shop_id, product_id, SUM(pieces) AS number FROM sales GROUP BY shop_id, product_id),
waste AS (SELECT shop_id, product_id, SUM(pieces) AS number FROM leftovers GROUP BY shop_id, product_id)
SELECT s.name, p.name FROM waste w LEFT JOIN sold d ON d.shop_id = w.shop_id AND d.product_id = w.product_id
JOIN shops s ON s.shop_id = w.shop_id JOIN products p ON p.product_id = w.product_id WHERE w.number > COALESCE(d.number, 0);

-- hard: What share of the sales with a known way of paying was paid in cash at each shop, in percent rounded to one decimal? Give the shop's name and the share.
-- evidence: paid is written in any case
SELECT s.name, ROUND(100.0 * SUM(LOWER(x.paid) = 'cash') / COUNT(x.paid), 1) FROM sales x JOIN shops s USING (shop_id) GROUP BY s.shop_id;

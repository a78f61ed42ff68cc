-- simple: How many works are in the depot?
SELECT COUNT(*) FROM works WHERE room_no IS NULL;

-- simple: Give the titles of all rooms without climate control.
SELECT title FROM rooms WHERE climate = 'N';

-- simple: How many works are made in each technique? Give technique and number.
SELECT technique, COUNT(*) FROM works GROUP BY technique;

-- simple: How many works are by unknown artists?
SELECT COUNT(*) FROM works WHERE artist_id IS NULL;

-- simple: What is the highest value that a work is insured for?
SELECT MAX(value) FROM works;

-- simple: Which museums are in Graufeld or Ostra? Give their names.
SELECT name FROM museums WHERE city IN ('Graufeld', 'Ostra');

-- simple: How many lendings are open?
SELECT COUNT(*) FROM lendings WHERE "to" IS NULL;

-- simple: How many full tickets were sold in June 2023?
SELECT SUM(sold) FROM tickets WHERE kind = 'full' AND day LIKE '2023-06-%';

-- moderate: How many works by each artist does the museum have? Give the artist's name and the number, for artists with at least eight works.
SELECT a.name, COUNT(*) FROM artists a JOIN works w USING (artist_id) GROUP BY a.artist_id HAVING COUNT(*) >= 8;

-- moderate: Which artists are alive? Give their names.
-- evidence: nothing follows the dash in lived
SELECT name FROM artists WHERE lived LIKE '%-';

-- moderate: How many artists come from each country? Give the country with a capital first letter and small others, and the number; leave out unknown ones.
-- evidence: country is written in any case
SELECT UPPER(SUBSTR(country, 1, 1)) || LOWER(SUBSTR(country, 2)) AS land, COUNT(*) FROM artists WHERE country IS NOT NULL GROUP BY land;

-- moderate: What was taken from tickets in each month (YYYY-MM)? Give month and sum.
SELECT SUBSTR(day, 1, 7) AS month, SUM(sold * price) FROM tickets GROUP BY month;

-- moderate: What is the total insured value of works shown on each floor? Give the floor as text and the sum.
-- evidence: the floor stands before the dot of room_no
SELECT SUBSTR(room_no, 1, 1) AS floor, SUM(value) FROM works WHERE room_no IS NOT NULL GROUP BY floor;

-- moderate: Which rooms show no work? Give their numbers.
SELECT room_no FROM rooms EXCEPT SELECT room_no FROM works;

-- moderate: Which works are higher than wide? Give the number of them.
-- evidence: size is height x width
SELECT COUNT(*) FROM works WHERE CAST(size AS INTEGER) > CAST(SUBSTR(size, INSTR(size, 'x') + 1) AS INTEGER);

-- moderate: How often did each museum borrow works? Give the museum's name and the number, zero included.
SELECT m.name, COUNT(l.lending_id) FROM museums m LEFT JOIN lendings l USING (museum_id) GROUP BY m.museum_id;

-- moderate: Which works on paper, drawings or prints, hang in rooms without climate control? Give their ids.
SELECT w.work_id FROM works w JOIN rooms r USING (room_no) WHERE w.technique IN ('drawing', 'print') AND r.climate = 'N';

-- hard: Which work covers the largest area? Give title and area in square metres, rounded to two decimals.
-- evidence: size is height x width in cm
SELECT title, ROUND(CAST(size AS INTEGER) * CAST(SUBSTR(size, INSTR(size, 'x') + 1) AS INTEGER) / 10000.0, 2) AS area
FROM works WHERE size IS NOT NULL ORDER BY area DESC LIMIT 1;

-- hard: Which works were made after their artist's death, or before the artist's birth, according to the years given? Give the works' ids.
-- evidence: lived is birth-death
SELECT w.work_id FROM works w JOIN artists a USING (artist_id)
WHERE w.made < CAST(a.lived AS INTEGER) OR (a.lived NOT LIKE '%-' AND w.made > CAST(SUBSTR(a.lived, 6) AS INTEGER));

-- hard: How many works were on loan on 2020-03-15?
-- evidence: from and to are both included
SELECT COUNT(DISTINCT work_id) FROM lendings WHERE "from" <= '2020-03-15' AND ("to" IS NULL OR "to" >= '2020-03-15');

-- hard: Which is the most valuable work of each technique? Give technique and title.
SELECT technique, title FROM (
  SELECT technique, title, ROW_NUMBER() OVER (PARTITION BY technique ORDER BY value DESC, work_id) AS place FROM works
) WHERE place = 1;

-- hard: On which day of the week are most tickets sold on average? Give the weekday as a number (0 is Sunday) and the average number of all tickets a day, rounded to one decimal.
SELECT CAST(STRFTIME('%w', day) AS INTEGER) AS weekday, ROUND(AVG(total), 1) AS average
FROM (SELECT day, SUM(sold) AS total FROM tickets GROUP BY day) GROUP BY weekday ORDER BY average DESC LIMIT 1;

-- hard: Which works were lent to at least two different museums? Give title and number of museums.
SELECT w.title, COUNT(DISTINCT l.museum_id) FROM works w JOIN lendings l USING (work_id)
GROUP BY w.work_id HAVING COUNT(DISTINCT l.museum_id) >= 2;

-- hard: Which artists have works worth more in total than the average total of all artists with works? Give name and total value.
WITH totals AS (SELECT a.name, SUM(w.value) AS total FROM artists a JOIN works w USING (artist_id) GROUP BY a.artist_id)
SELECT name, total FROM totals WHERE total > (SELECT AVG(total) FROM totals);

-- hard: Give each week's tickets from Tuesday to Sunday as the first day on which tickets were sold and the sum, for the three weeks with the most tickets, most first. A week starts on Monday.
SELECT MIN(day), SUM(sold) AS total FROM tickets
GROUP BY CAST((JULIANDAY(day) - JULIANDAY('2023-05-01')) / 7 AS INTEGER) ORDER BY total DESC LIMIT 3;

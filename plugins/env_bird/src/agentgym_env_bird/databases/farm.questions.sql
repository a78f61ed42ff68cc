-- simple: What is the total area of all fields in hectares, rounded to one decimal?
SELECT ROUND(SUM(hectares), 1) FROM fields;

-- simple: Which crops belong to the cereals? Give their names.
SELECT name FROM crops WHERE family = 'cereals';

-- simple: Which fields were never tested for soil? Give their names.
SELECT name FROM fields WHERE soil IS NULL;

-- simple: How many plantings failed?
SELECT COUNT(*) FROM plantings WHERE harvested IS NULL;

-- simple: What is the name of the largest field?
SELECT name FROM fields ORDER BY hectares DESC LIMIT 1;

-- simple: Give name and hourly wage in whole units (cents divided by 100) of every worker who earns more than 20 an hour.
SELECT name, wage_cents / 100.0 FROM workers WHERE wage_cents > 2000;

-- simple: How many loads were not graded?
SELECT COUNT(*) FROM yields WHERE grade IS NULL;

-- simple: How many shifts were worked in the yard?
SELECT COUNT(*) FROM shifts WHERE field_id IS NULL;

-- moderate: How often was each crop planted? Give the crop's name and the number, zero included.
SELECT c.name, COUNT(p.planting_id) FROM crops c LEFT JOIN plantings p USING (crop_id) GROUP BY c.crop_id;

-- moderate: Which crops were never planted? Give their names.
SELECT name FROM crops WHERE crop_id NOT IN (SELECT crop_id FROM plantings);

-- moderate: How many loads of each grade are there? Give the grade as a capital letter and the number, leaving out loads without a grade.
-- evidence: grade is written in any case
SELECT UPPER(grade), COUNT(*) FROM yields WHERE grade IS NOT NULL GROUP BY UPPER(grade);

-- moderate: How many kilograms were harvested in total? Give a whole number.
-- evidence: 1 t is 1000 kg; the unit stands behind the number in weight
SELECT CAST(ROUND(SUM(CAST(weight AS REAL) * CASE WHEN weight LIKE '%kg' THEN 1 ELSE 1000 END)) AS INTEGER) FROM yields;

-- moderate: Which workers have no one under them? Give their names.
SELECT name FROM workers WHERE worker_id NOT IN (SELECT boss_id FROM workers WHERE boss_id IS NOT NULL);

-- moderate: How many hours did each worker work in total? Give name and hours, only for workers with more than 150 hours.
SELECT w.name, SUM(s.hours) FROM workers w JOIN shifts s USING (worker_id) GROUP BY w.worker_id HAVING SUM(s.hours) > 150;

-- moderate: Which crops grew on Crow Hill, in which year? Give the crop's name and the year of planting as text.
SELECT c.name, SUBSTR(p.planted, 1, 4) FROM plantings p JOIN crops c USING (crop_id) JOIN fields f USING (field_id)
WHERE f.name = 'Crow Hill';

-- moderate: What is the average number of days from planting to harvest for each crop family, rounded to one decimal? Give family and days.
SELECT c.family, ROUND(AVG(JULIANDAY(p.harvested) - JULIANDAY(p.planted)), 1)
FROM plantings p JOIN crops c USING (crop_id) WHERE p.harvested IS NOT NULL GROUP BY c.family;

-- moderate: For each year of planting (as text), how many different crops were planted?
SELECT SUBSTR(planted, 1, 4) AS year, COUNT(DISTINCT crop_id) FROM plantings GROUP BY year;

-- hard: What were the wage costs of each field in 2023, rounded to two decimals and in whole units? Give the field's name and the costs.
-- evidence: costs are hours times wage_cents divided by 100
SELECT f.name, ROUND(SUM(s.hours * w.wage_cents) / 100.0, 2)
FROM shifts s JOIN workers w USING (worker_id) JOIN fields f USING (field_id) GROUP BY f.field_id;

-- hard: Which plantings gave the most kilograms per hectare? Give the field's name, the crop's name and the year of planting as text for the best three, best first.
-- evidence: 1 t is 1000 kg
SELECT f.name, c.name, SUBSTR(p.planted, 1, 4)
FROM plantings p JOIN fields f USING (field_id) JOIN crops c USING (crop_id) JOIN yields y USING (planting_id)
GROUP BY p.planting_id
ORDER BY SUM(CAST(y.weight AS REAL) * CASE WHEN y.weight LIKE '%kg' THEN 1 ELSE 1000 END) / f.hectares DESC LIMIT 3;

-- hard: On which fields was the same crop planted in two consecutive years? Give the field's name, the crop's name and the later year as a number.
SELECT f.name, c.name, CAST(SUBSTR(b.planted, 1, 4) AS INTEGER)
FROM plantings a JOIN plantings b ON b.field_id = a.field_id AND b.crop_id = a.crop_id
  AND CAST(SUBSTR(b.planted, 1, 4) AS INTEGER) = CAST(SUBSTR(a.planted, 1, 4) AS INTEGER) + 1
JOIN fields f ON f.field_id = a.field_id JOIN crops c ON c.crop_id = a.crop_id;

-- hard: How many levels of bosses stand above each worker? Give the name and the number, 0 for the farmer.
WITH RECURSIVE above (worker_id, level) AS (
  SELECT worker_id, 0 FROM workers WHERE boss_id IS NULL
  UNION ALL SELECT w.worker_id, a.level + 1 FROM workers w JOIN above a ON w.boss_id = a.worker_id
)
SELECT w.name, a.level FROM above a JOIN workers w USING (worker_id);

-- hard: Which worker earned the most in each month of 2023 in which shifts were worked? Give the month as two digits and the name.
SELECT month, name FROM (
  SELECT SUBSTR(s.worked, 6, 2) AS month, w.name,
    ROW_NUMBER() OVER (PARTITION BY SUBSTR(s.worked, 6, 2) ORDER BY SUM(s.hours * w.wage_cents) DESC) AS place
  FROM shifts s JOIN workers w USING (worker_id) GROUP BY month, w.worker_id
) WHERE place = 1;

-- hard: Which fields have grown crops of every family except the one called others? Give their names.
SELECT f.name FROM fields f JOIN plantings p USING (field_id) JOIN crops c USING (crop_id) WHERE c.family <> 'others'
GROUP BY f.field_id HAVING COUNT(DISTINCT c.family) = (SELECT COUNT(DISTINCT family) FROM crops WHERE family <> 'others');

-- hard: What share of graded loads was graded A for each soil, in percent rounded to one decimal? Leave out untested fields. Give soil and share.
SELECT f.soil, ROUND(100.0 * SUM(UPPER(y.grade) = 'A') / COUNT(y.grade), 1)
FROM yields y JOIN plantings p USING (planting_id) JOIN fields f USING (field_id) WHERE f.soil IS NOT NULL GROUP BY f.soil;

-- hard: Which workers earn more an hour than their boss? Give the worker's name and the boss's name.
SELECT w.name, b.name FROM workers w JOIN workers b ON b.worker_id = w.boss_id WHERE w.wage_cents > b.wage_cents;

-- simple: How many flats have exactly three rooms?
SELECT COUNT(*) FROM flats WHERE rooms = 3;

-- simple: Which districts have more than 15,000 people? Give their names.
SELECT name FROM districts WHERE people > 15000;

-- simple: How many flats are lived in by their owners?
SELECT COUNT(*) FROM flats WHERE rent IS NULL;

-- simple: How many leases go on?
SELECT COUNT(*) FROM leases WHERE ends IS NULL;

-- simple: Give the full names of tenants without a phone.
SELECT "full name" FROM tenants WHERE phone IS NULL;

-- simple: What kinds of work were done in repairs? Give each once.
SELECT DISTINCT "kind of work" FROM repairs;

-- simple: What did the most expensive repair cost?
SELECT MAX(cost) FROM repairs;

-- simple: How many buildings have a lift?
-- evidence: lift is written in any case
SELECT COUNT(*) FROM buildings WHERE LOWER(lift) = 'yes';

-- moderate: How many flats are there in each district? Give the district's name and the number, zero included.
SELECT d.name, COUNT(f.flat_id) FROM districts d LEFT JOIN buildings b USING (district_id) LEFT JOIN flats f USING (building_id)
GROUP BY d.district_id;

-- moderate: What is the average rent of flats with two rooms, rounded to two decimals?
-- evidence: take EUR and blanks out of rent
SELECT ROUND(AVG(CAST(TRIM(REPLACE(rent, 'EUR', '')) AS REAL)), 2) FROM flats WHERE rooms = 2;

-- moderate: How much was spent on each kind of work, rounded to two decimals? Give kind and sum.
SELECT "kind of work", ROUND(SUM(cost), 2) FROM repairs GROUP BY "kind of work";

-- moderate: Give the addresses of buildings built before 1925.
-- evidence: built may have c. before the year
SELECT address FROM buildings WHERE CAST(REPLACE(built, 'c. ', '') AS INTEGER) < 1925;

-- moderate: How many tenants have the last name Silva?
-- evidence: the last name stands before the comma
SELECT COUNT(*) FROM tenants WHERE "full name" LIKE 'Silva,%';

-- moderate: How many repairs were reported in 2021?
SELECT COUNT(*) FROM repairs WHERE SUBSTR(reported, 7, 4) = '2021';

-- moderate: Which buildings have no flats? Give their addresses.
SELECT address FROM buildings b WHERE NOT EXISTS (SELECT 1 FROM flats f WHERE f.building_id = b.building_id);

-- moderate: Give the ids of flats that had at least four leases.
SELECT flat_id FROM leases GROUP BY flat_id HAVING COUNT(*) >= 4;

-- moderate: Give id and rent per square metre, rounded to two decimals, of every measured flat with a rent on floor 5.
-- evidence: take EUR and blanks out of rent
SELECT flat_id, ROUND(CAST(TRIM(REPLACE(rent, 'EUR', '')) AS REAL) / area, 2) FROM flats
WHERE floor = 5 AND area IS NOT NULL AND rent IS NOT NULL;

-- hard: Which flats were let on 2019-07-01? Give the number of them.
-- evidence: a lease runs from starts to ends, both included
SELECT COUNT(DISTINCT flat_id) FROM leases WHERE starts <= '2019-07-01' AND (ends IS NULL OR ends >= '2019-07-01');

-- hard: Which flat stood empty the longest between two leases? Give the flat's id and the days from the end of one lease to the start of the next.
SELECT flat_id, CAST(gap AS INTEGER) FROM (
  SELECT flat_id, JULIANDAY(starts) - JULIANDAY(LAG(ends) OVER (PARTITION BY flat_id ORDER BY starts)) AS gap FROM leases
) WHERE gap IS NOT NULL ORDER BY gap DESC LIMIT 1;

-- hard: Which districts have a higher average rent than all flats together? Give name and average rent, rounded to two decimals.
-- evidence: take EUR and blanks out of rent
WITH rents AS (
  SELECT d.name, CAST(TRIM(REPLACE(f.rent, 'EUR', '')) AS REAL) AS euros
  FROM flats f JOIN buildings b USING (building_id) JOIN districts d USING (district_id) WHERE f.rent IS NOT NULL
)
SELECT name, ROUND(AVG(euros), 2) FROM rents GROUP BY name HAVING AVG(euros) > (SELECT AVG(euros) FROM rents);

-- hard: Give the full names of tenants who have had leases in at least four different flats.
SELECT t."full name" FROM tenants t JOIN leases l USING (tenant_id) GROUP BY t.tenant_id HAVING COUNT(DISTINCT l.flat_id) >= 4;

-- hard: For each year in which repairs were reported (as text), give the costs and the change from the year before, both rounded to two decimals; the change is NULL for the first. In order of years.
SELECT year, ROUND(total, 2), ROUND(total - LAG(total) OVER (ORDER BY year), 2) FROM (
  SELECT SUBSTR(reported, 7, 4) AS year, SUM(cost) AS total FROM repairs GROUP BY year
) ORDER BY year;

-- hard: For each building with repairs, what share of its flats had at least one repair, in percent rounded to one decimal? Give address and share.
SELECT b.address, ROUND(100.0 * COUNT(DISTINCT r.flat_id) / COUNT(DISTINCT f.flat_id), 1)
FROM buildings b JOIN flats f USING (building_id) LEFT JOIN repairs r USING (flat_id)
GROUP BY b.building_id HAVING COUNT(r.repair_id) > 0;

-- hard: In which flats did repairs cost more than three monthly rents altogether? Give the flats' ids.
-- evidence: take EUR and blanks out of rent
SELECT f.flat_id FROM flats f JOIN repairs r USING (flat_id) GROUP BY f.flat_id
HAVING SUM(r.cost) > 3 * CAST(TRIM(REPLACE(f.rent, 'EUR', '')) AS REAL);

-- hard: Rank the streets by number of flats in them, the most first. The street is the address without the number at its end. Give street, number of flats and rank.
-- evidence: the number at the end is what follows the last blank
SELECT street, number, RANK() OVER (ORDER BY number DESC) FROM (
  SELECT TRIM(RTRIM(b.address, '0123456789')) AS street, COUNT(*) AS number FROM buildings b JOIN flats f USING (building_id) GROUP BY street
) ORDER BY number DESC, street;

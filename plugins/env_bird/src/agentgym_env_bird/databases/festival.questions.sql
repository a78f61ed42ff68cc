-- simple: How many bands were formed before 2000?
SELECT COUNT(*) FROM bands WHERE formed < 2000;

-- simple: Which stages have a capacity of at least 1,000? Give their names.
SELECT name FROM stages WHERE capacity >= 1000;

-- simple: How many gigs were cancelled?
SELECT COUNT(*) FROM gigs WHERE minutes IS NULL;

-- simple: What was the highest fee ever paid for a gig?
SELECT MAX(fee) FROM gigs;

-- simple: How many passes were free?
SELECT COUNT(*) FROM passes WHERE price = 0;

-- simple: Give the names of all bands that play jazz, alone or among other genres.
SELECT name FROM bands WHERE ';' || genres || ';' LIKE '%;jazz;%';

-- simple: How many ratings have a comment but no stars?
SELECT COUNT(*) FROM ratings WHERE stars IS NULL AND comment IS NOT NULL;

-- simple: In which years were gigs played? Give each once, in order.
SELECT DISTINCT year FROM gigs ORDER BY year;

-- moderate: How many bands come from each country? Give the country in capital letters and the number.
-- evidence: country is written in any case
SELECT UPPER(country) AS land, COUNT(*) FROM bands GROUP BY land;

-- moderate: What is the average known age of the visitors, rounded to one decimal?
-- evidence: age is NULL or -1 where unknown
SELECT ROUND(AVG(age), 1) FROM visitors WHERE age > 0;

-- moderate: How many visitors come from Kesten?
-- evidence: town is not written in one way
SELECT COUNT(*) FROM visitors WHERE LOWER(TRIM(town)) = 'kesten';

-- moderate: How much was taken from passes in each year? Give year and sum.
SELECT year, SUM(price) FROM passes GROUP BY year;

-- moderate: Which bands never played a gig that took place? Give their names.
-- evidence: minutes is NULL where a gig was cancelled
SELECT name FROM bands b WHERE NOT EXISTS (SELECT 1 FROM gigs g WHERE g.band_id = b.band_id AND g.minutes IS NOT NULL);

-- moderate: How many minutes of music were there on each stage in 2022? Give the stage's name and the sum.
SELECT s.name, SUM(g.minutes) FROM stages s JOIN gigs g USING (stage_id) WHERE g.year = 2022 GROUP BY s.stage_id;

-- moderate: How many gigs started at 20:00 or later on each weekday? Give weekday and number.
-- evidence: starts is weekday, blank, time
SELECT SUBSTR(starts, 1, 3) AS weekday, COUNT(*) FROM gigs WHERE SUBSTR(starts, 5) >= '20:00' GROUP BY weekday;

-- moderate: Which bands played in at least four different years? Give name and number of years; cancelled gigs do not count.
SELECT b.name, COUNT(DISTINCT g.year) FROM bands b JOIN gigs g USING (band_id) WHERE g.minutes IS NOT NULL
GROUP BY b.band_id HAVING COUNT(DISTINCT g.year) >= 4;

-- moderate: Give the names of visitors who hold no pass of any year.
SELECT v.name FROM visitors v LEFT JOIN passes p USING (visitor_id) WHERE p.pass_id IS NULL;

-- hard: Which band has the best average of stars among bands with at least ten ratings with stars? Give name and average, rounded to two decimals.
SELECT b.name, ROUND(AVG(r.stars), 2) FROM ratings r JOIN gigs g USING (gig_id) JOIN bands b USING (band_id)
GROUP BY b.band_id HAVING COUNT(r.stars) >= 10 ORDER BY AVG(r.stars) DESC LIMIT 1;

-- hard: How many bands play each genre? A band with several counts for each of them. Give genre and number.
-- evidence: genres are separated by semicolons
WITH RECURSIVE split (rest, genre) AS (
  SELECT genres || ';', NULL FROM bands
  UNION ALL SELECT SUBSTR(rest, INSTR(rest, ';') + 1), SUBSTR(rest, 1, INSTR(rest, ';') - 1) FROM split WHERE rest <> ''
)
SELECT genre, COUNT(*) FROM split WHERE genre IS NOT NULL GROUP BY genre;

-- hard: Which visitors rated a gig of a year for which they hold no pass? Give each name once.
SELECT DISTINCT v.name FROM ratings r JOIN gigs g USING (gig_id) JOIN visitors v USING (visitor_id)
WHERE NOT EXISTS (SELECT 1 FROM passes p WHERE p.visitor_id = v.visitor_id AND p.year = g.year);

-- hard: For each year, which band got the highest fee? Give year, band's name and fee, in order of years; all bands where several got the same.
SELECT year, name, fee FROM (
  SELECT g.year, b.name, g.fee, RANK() OVER (PARTITION BY g.year ORDER BY g.fee DESC) AS place
  FROM gigs g JOIN bands b USING (band_id) WHERE g.fee IS NOT NULL
) WHERE place = 1 ORDER BY year;

-- hard: What did a minute of music cost on average in fees on each stage, rounded to two decimals? Use gigs with known fee that took place. Give the stage's name and the cost: total fees by total minutes.
SELECT s.name, ROUND(1.0 * SUM(g.fee) / SUM(g.minutes), 2) FROM gigs g JOIN stages s USING (stage_id)
WHERE g.fee IS NOT NULL AND g.minutes IS NOT NULL GROUP BY s.stage_id;

-- hard: Which bands played twice or more on one weekend, that is in the same year, without cancelled gigs? Give name, year and number of gigs.
SELECT b.name, g.year, COUNT(*) FROM gigs g JOIN bands b USING (band_id) WHERE g.minutes IS NOT NULL
GROUP BY b.band_id, g.year HAVING COUNT(*) >= 2;

-- hard: How large a share of all income from passes did each kind have, in percent rounded to one decimal? Give kind and share, the largest first.
SELECT kind, ROUND(100.0 * SUM(price) / SUM(SUM(price)) OVER (), 1) AS share FROM passes GROUP BY kind ORDER BY share DESC;

-- hard: Give the names of visitors whose every rating with stars is at least 4, among visitors with three or more such ratings.
SELECT v.name FROM visitors v JOIN ratings r USING (visitor_id) WHERE r.stars IS NOT NULL
GROUP BY v.visitor_id HAVING COUNT(*) >= 3 AND MIN(r.stars) >= 4;

-- simple: How many accounts of members are there?
SELECT COUNT(*) FROM members;

-- simple: Give the titles of all plans that cost more than 40.00 a month.
SELECT title FROM plans WHERE monthly_cents > 4000;

-- simple: How many members have left?
SELECT COUNT(*) FROM members WHERE plan_id IS NULL;

-- simple: Which different class titles are offered?
SELECT DISTINCT title FROM classes;

-- simple: How many places do the classes on Mon have in total?
SELECT SUM(places) FROM classes WHERE weekday = 'Mon';

-- simple: Give the ids of the classes without a coach of their own.
SELECT class_id FROM classes WHERE coach_id IS NULL;

-- simple: What is the name of the best paid coach?
SELECT name FROM coaches ORDER BY hourly DESC LIMIT 1;

-- simple: Of how many members is the birth year unknown?
SELECT COUNT(*) FROM members WHERE birth_year = 0;

-- moderate: To how many bookings did the member certainly come?
-- evidence: came is Y or yes
SELECT COUNT(*) FROM bookings WHERE came IN ('Y', 'yes');

-- moderate: How many members does each plan have? Give title and number, zero included.
SELECT p.title, COUNT(m.member_id) FROM plans p LEFT JOIN members m USING (plan_id) GROUP BY p.plan_id;

-- moderate: Which e-mail addresses, in lower case, stand for more than one account?
SELECT LOWER(email) FROM members WHERE email IS NOT NULL GROUP BY LOWER(email) HAVING COUNT(*) > 1;

-- moderate: How many members joined in 2022?
-- evidence: the year is the last part of joined
SELECT COUNT(*) FROM members WHERE SUBSTR(joined, -4) = '2022';

-- moderate: What is the average birth year of members of the plan Plus, rounded to one decimal? Leave out unknown years.
SELECT ROUND(AVG(m.birth_year), 1) FROM members m JOIN plans p USING (plan_id) WHERE p.title = 'Plus' AND m.birth_year > 0;

-- moderate: Which coaches hold no class? Give their names.
SELECT name FROM coaches WHERE coach_id NOT IN (SELECT coach_id FROM classes WHERE coach_id IS NOT NULL);

-- moderate: How many bookings did each weekday have? Give weekday and number.
SELECT c.weekday, COUNT(*) FROM bookings b JOIN classes c USING (class_id) GROUP BY c.weekday;

-- moderate: What does the gym take in a month from all members with a plan, in whole units with cents behind the point?
SELECT SUM(p.monthly_cents) / 100.0 FROM members m JOIN plans p USING (plan_id);

-- moderate: Give the names of members who booked classes of at least five different titles.
SELECT m.name FROM members m JOIN bookings b USING (member_id) JOIN classes c USING (class_id)
GROUP BY m.member_id HAVING COUNT(DISTINCT c.title) >= 5;

-- hard: Which member lost the most weight between first and last weighing? Give name and kilograms lost, rounded to one decimal.
-- evidence: write commas in kg as points
SELECT m.name, ROUND(first - last, 1) FROM (
  SELECT DISTINCT member_id,
    FIRST_VALUE(CAST(REPLACE(kg, ',', '.') AS REAL)) OVER (PARTITION BY member_id ORDER BY day) AS first,
    FIRST_VALUE(CAST(REPLACE(kg, ',', '.') AS REAL)) OVER (PARTITION BY member_id ORDER BY day DESC) AS last
  FROM weights
) JOIN members m USING (member_id) ORDER BY first - last DESC LIMIT 1;

-- hard: Which share of bookings with a noted outcome was missed, for each class title, in percent rounded to one decimal? Give title and share.
-- evidence: missed is N or no
SELECT c.title, ROUND(100.0 * SUM(b.came IN ('N', 'no')) / COUNT(b.came), 1)
FROM bookings b JOIN classes c USING (class_id) GROUP BY c.title;

-- hard: On which days was a class booked by the most members? Give class id, day and number of bookings of the fullest class, all of them if several are equal.
WITH counts AS (SELECT class_id, day, COUNT(*) AS number FROM bookings GROUP BY class_id, day)
SELECT class_id, day, number FROM counts WHERE number = (SELECT MAX(number) FROM counts);

-- hard: Give the names of the members who have a plan but no booking at all.
SELECT m.name FROM members m WHERE m.plan_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.member_id = m.member_id);

-- hard: For each coach with classes, give the name and the title of the class with the most bookings, counting all classes of one title together; the alphabetically first where several are equal.
SELECT name, title FROM (
  SELECT k.name, c.title,
    ROW_NUMBER() OVER (PARTITION BY k.coach_id ORDER BY COUNT(b.member_id) DESC, c.title) AS place
  FROM coaches k JOIN classes c USING (coach_id) LEFT JOIN bookings b USING (class_id) GROUP BY k.coach_id, c.title
) WHERE place = 1;

-- hard: Which members joined earliest and latest? Give the two joining days as YYYY-MM-DD, the earlier first.
-- evidence: joined is month/day/year
SELECT MIN(d), MAX(d) FROM (SELECT SUBSTR(joined, 7, 4) || '-' || SUBSTR(joined, 1, 2) || '-' || SUBSTR(joined, 4, 2) AS d FROM members);

-- hard: How many bookings were there in each week since 2023-01-02, a Monday? Count weeks from 1; give week and number, in order.
SELECT CAST((JULIANDAY(day) - JULIANDAY('2023-01-02')) / 7 AS INTEGER) + 1 AS week, COUNT(*) FROM bookings GROUP BY week ORDER BY week;

-- hard: Which pairs of different members attended the same class on the same day at least twice, both with a noted Y or yes? Give the two member ids, the smaller first.
SELECT a.member_id, b.member_id FROM bookings a JOIN bookings b ON b.class_id = a.class_id AND b.day = a.day AND a.member_id < b.member_id
WHERE a.came IN ('Y', 'yes') AND b.came IN ('Y', 'yes') GROUP BY a.member_id, b.member_id HAVING COUNT(*) >= 2;

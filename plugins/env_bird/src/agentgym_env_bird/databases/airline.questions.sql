-- simple: How many flights are there?
SELECT COUNT(*) FROM flights;

-- simple: List the codes of all airports in Berven.
SELECT code FROM airports WHERE country = 'Berven';

-- simple: Which airports have no known elevation? Give their names.
SELECT name FROM airports WHERE elevation_ft IS NULL;

-- simple: What is the tail of every aircraft with more than 150 seats?
SELECT tail FROM aircraft WHERE seats > 150;

-- simple: How many flights were cancelled?
-- evidence: status is written in any case
SELECT COUNT(*) FROM flights WHERE LOWER(status) = 'cancelled';

-- simple: How many passengers have a tier?
SELECT COUNT(tier) FROM passengers;

-- simple: How many flights had no aircraft assigned?
SELECT COUNT(*) FROM flights WHERE tail IS NULL;

-- simple: What is the greatest delay of any flight, in minutes?
SELECT MAX(delay_min) FROM flights;

-- moderate: How many flights left each airport? Give the airport's name and the number, for airports with at least one flight.
SELECT a.name, COUNT(*) FROM flights f JOIN airports a ON a.code = f.origin GROUP BY a.code;

-- moderate: What is the average delay, rounded to one decimal, of flights that leave from the city of Norwick?
-- evidence: a city may have several airports
SELECT ROUND(AVG(f.delay_min), 1) FROM flights f JOIN airports a ON a.code = f.origin WHERE a.city = 'Norwick';

-- moderate: How many flights departed in each month of 2023? Give the month as two digits and the number.
SELECT SUBSTR(departs, 6, 2) AS month, COUNT(*) FROM flights WHERE departs LIKE '2023-%' GROUP BY month;

-- moderate: What was the total of all fares in business, as a number rounded to two decimals?
-- evidence: take the dollar sign and the commas out of fare
SELECT ROUND(SUM(CAST(REPLACE(REPLACE(fare, '$', ''), ',', '') AS REAL)), 2) FROM tickets WHERE cabin = 'business';

-- moderate: Which passengers never bought a ticket? Give their names.
SELECT name FROM passengers p WHERE NOT EXISTS (SELECT 1 FROM tickets t WHERE t.passenger_id = p.passenger_id);

-- moderate: Name the passengers with more than eight tickets, and how many each has.
SELECT p.name, COUNT(*) FROM passengers p JOIN tickets t USING (passenger_id) GROUP BY p.passenger_id HAVING COUNT(*) > 8;

-- moderate: Which aircraft models flew to Ostra Harbour? Give each model once.
SELECT DISTINCT c.model FROM flights f JOIN aircraft c USING (tail) JOIN airports a ON a.code = f.destination
WHERE a.name = 'Ostra Harbour';

-- moderate: What percentage of all flights was delayed by more than 30 minutes, rounded to one decimal?
SELECT ROUND(100.0 * SUM(CASE WHEN delay_min > 30 THEN 1 ELSE 0 END) / COUNT(*), 1) FROM flights;

-- moderate: How many flights connect two airports of the same country?
SELECT COUNT(*) FROM flights f JOIN airports o ON o.code = f.origin JOIN airports d ON d.code = f.destination
WHERE o.country = d.country;

-- hard: Which passenger spent the most on tickets in total? Give name and amount, rounded to two decimals.
-- evidence: take the dollar sign and the commas out of fare
SELECT p.name, ROUND(SUM(CAST(REPLACE(REPLACE(t.fare, '$', ''), ',', '') AS REAL)), 2) AS spent
FROM tickets t JOIN passengers p USING (passenger_id) GROUP BY p.passenger_id ORDER BY spent DESC LIMIT 1;

-- hard: For each country of passengers, give the country and its share of all tickets in percent, rounded to one decimal. Leave out passengers whose country is unknown, also in the total.
SELECT p.country, ROUND(100.0 * COUNT(*) / SUM(COUNT(*)) OVER (), 1)
FROM tickets t JOIN passengers p USING (passenger_id) WHERE p.country IS NOT NULL GROUP BY p.country;

-- hard: For each origin airport code, give the flight id of its most delayed flight; where several are equally late, the one with the smallest id.
SELECT origin, flight_id FROM (
  SELECT origin, flight_id, ROW_NUMBER() OVER (PARTITION BY origin ORDER BY delay_min DESC, flight_id) AS place FROM flights
) WHERE place = 1;

-- hard: Which routes (origin code, destination code) were flown in both directions at least twice each way? List each pair once, with the alphabetically smaller code first.
WITH routes AS (SELECT origin, destination, COUNT(*) AS times FROM flights GROUP BY origin, destination)
SELECT a.origin, a.destination FROM routes a JOIN routes b ON b.origin = a.destination AND b.destination = a.origin
WHERE a.origin < a.destination AND a.times >= 2 AND b.times >= 2;

-- hard: Give the name of every passenger who has bought both economy and business tickets.
SELECT name FROM passengers WHERE passenger_id IN (
  SELECT passenger_id FROM tickets WHERE cabin = 'economy' INTERSECT SELECT passenger_id FROM tickets WHERE cabin = 'business'
);

-- hard: How many tickets were bought at least 60 days before the day of departure?
SELECT COUNT(*) FROM tickets t JOIN flights f USING (flight_id)
WHERE JULIANDAY(SUBSTR(f.departs, 1, 10)) - JULIANDAY(t.bought) >= 60;

-- hard: Which aircraft has the largest number of flights more than its model's average number of flights per aircraft? Give tail and the difference, rounded to two decimals. Count aircraft without flights as zero.
WITH counts AS (
  SELECT c.tail, c.model, COUNT(f.flight_id) AS times FROM aircraft c LEFT JOIN flights f USING (tail) GROUP BY c.tail
)
SELECT tail, ROUND(times - AVG(times) OVER (PARTITION BY model), 2) AS above FROM counts ORDER BY above DESC LIMIT 1;

-- hard: Give for each month of 2023 (two digits) the number of flights so far in the year up to the end of that month, in order of months.
SELECT month, SUM(times) OVER (ORDER BY month) FROM (
  SELECT SUBSTR(departs, 6, 2) AS month, COUNT(*) AS times FROM flights GROUP BY month
) ORDER BY month;

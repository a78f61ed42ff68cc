-- simple: How many stops are in zone A?
SELECT COUNT(*) FROM stops WHERE zone = 'A';

-- simple: Which lines were opened before 1970? Give the lines.
SELECT line FROM lines WHERE since < 1970;

-- simple: Of which stops is it unknown whether they are step-free? Give their names.
SELECT name FROM stops WHERE step_free IS NULL;

-- simple: How many trips were dropped?
SELECT COUNT(*) FROM trips WHERE vehicle_id IS NULL;

-- simple: How many different cards tapped?
SELECT COUNT(DISTINCT card) FROM taps;

-- simple: How many taps showed a pass?
SELECT COUNT(*) FROM taps WHERE fare IS NULL;

-- simple: How many stops does line T1 have?
SELECT COUNT(*) FROM line_stops WHERE line = 'T1';

-- simple: How late was the latest trip, in minutes?
SELECT MAX(late) FROM trips;

-- moderate: Give the names of the stops of line T2 in order.
SELECT s.name FROM line_stops l JOIN stops s USING (stop_id) WHERE l.line = 'T2' ORDER BY l.place;

-- moderate: How many vehicles are there of each make? Give the make in lower case without blanks around it, and the number.
-- evidence: make is not written in one way
SELECT LOWER(TRIM(make)) AS maker, COUNT(*) FROM vehicles GROUP BY maker;

-- moderate: How many minutes does each line take from first to last stop? Give line and minutes.
SELECT line, MAX(minutes) FROM line_stops GROUP BY line;

-- moderate: Which lines had no trips? Give the lines.
SELECT line FROM lines WHERE line NOT IN (SELECT line FROM trips);

-- moderate: How much was taken in fares on each line, in euros rounded to two decimals? Give line and sum.
-- evidence: fare is in cents
SELECT t.line, ROUND(SUM(x.fare) / 100.0, 2) FROM taps x JOIN trips t USING (trip_id) GROUP BY t.line;

-- moderate: How many vehicles were bought before 2010?
-- evidence: bought is month/year
SELECT COUNT(*) FROM vehicles WHERE CAST(SUBSTR(bought, 4) AS INTEGER) < 2010;

-- moderate: Which stops are served by at least five lines? Give name and number of lines.
SELECT s.name, COUNT(DISTINCT l.line) FROM stops s JOIN line_stops l USING (stop_id) GROUP BY s.stop_id HAVING COUNT(DISTINCT l.line) >= 5;

-- moderate: How many incidents of each type were there? Give the type in lower case and the number.
-- evidence: the type is written in any case
SELECT LOWER("type of incident") AS kind, COUNT(*) FROM "incident log" GROUP BY kind;

-- moderate: Which share of the trips that were not dropped came more than five minutes late, in percent rounded to one decimal?
SELECT ROUND(100.0 * SUM(late > 5) / COUNT(*), 1) FROM trips WHERE late IS NOT NULL;

-- hard: At which stops can one change between line T1 and line T3? Give their names.
SELECT name FROM stops WHERE stop_id IN (
  SELECT stop_id FROM line_stops WHERE line = 'T1' INTERSECT SELECT stop_id FROM line_stops WHERE line = 'T3'
);

-- hard: Which line is late the most on average? Give line and average, rounded to two decimals.
SELECT line, ROUND(AVG(late), 2) FROM trips GROUP BY line ORDER BY AVG(late) DESC LIMIT 1;

-- hard: What is the busiest hour of the day by departures of trips? Give the hour as two digits and the number; all of them if several are equal.
WITH hours AS (SELECT SUBSTR(departs, 12, 2) AS hour, COUNT(*) AS number FROM trips GROUP BY hour)
SELECT hour, number FROM hours WHERE number = (SELECT MAX(number) FROM hours);

-- hard: For each line with taps, give the line and the name of the stop with the most taps; the alphabetically first where several are equal.
SELECT line, name FROM (
  SELECT t.line, s.name, ROW_NUMBER() OVER (PARTITION BY t.line ORDER BY COUNT(*) DESC, s.name) AS place
  FROM taps x JOIN trips t USING (trip_id) JOIN stops s USING (stop_id) GROUP BY t.line, s.stop_id
) WHERE place = 1;

-- hard: Which stops can be reached from Central Station with one change at most? Give the number of stops, Central Station itself included; lines run both ways.
WITH direct AS (
  SELECT DISTINCT b.stop_id FROM line_stops a JOIN line_stops b ON b.line = a.line
  JOIN stops s ON s.stop_id = a.stop_id WHERE s.name = 'Central Station'
)
SELECT COUNT(DISTINCT b.stop_id) FROM line_stops a JOIN line_stops b ON b.line = a.line WHERE a.stop_id IN (SELECT stop_id FROM direct);

-- hard: Which cards spent more than 20 euros in total? Give card and euros, the highest first.
-- evidence: fare is in cents
SELECT card, SUM(fare) / 100.0 AS euros FROM taps GROUP BY card HAVING SUM(fare) > 2000 ORDER BY euros DESC;

-- hard: How many minutes did each vehicle lose in incidents, for vehicles that lost at least 40? Give the vehicle's id and the minutes.
SELECT t.vehicle_id, SUM(i.minutes_lost) FROM "incident log" i JOIN trips t USING (trip_id)
WHERE t.vehicle_id IS NOT NULL GROUP BY t.vehicle_id HAVING SUM(i.minutes_lost) >= 40;

-- hard: What is the longest ride between two neighbouring stops of each line? Give line and minutes.
SELECT line, MAX(gap) FROM (
  SELECT line, minutes - LAG(minutes) OVER (PARTITION BY line ORDER BY place) AS gap FROM line_stops
) GROUP BY line;

-- simple: How many pupils are in form 7b?
SELECT COUNT(*) FROM pupils WHERE form = '7b';

-- simple: Give first and last names of pupils who are not yet assigned to a form.
SELECT first_name, last_name FROM pupils WHERE form IS NULL;

-- simple: Which courses have no teacher? Give their titles.
SELECT title FROM courses WHERE teacher_id IS NULL;

-- simple: Give the names of teachers with a contract of more than 20 hours.
SELECT name FROM teachers WHERE hours > 20;

-- simple: How many lessons were missed in total?
SELECT SUM(lessons) FROM absences;

-- simple: How many marks are 1?
SELECT COUNT(*) FROM enrolments WHERE mark = '1';

-- simple: Which terms are there? Give each once, in order.
SELECT DISTINCT term FROM enrolments ORDER BY term;

-- simple: How many absences are not decided yet?
SELECT COUNT(*) FROM absences WHERE excused IS NULL;

-- moderate: How many pupils take each bus? Give the bus and the number, leaving out pupils who take none.
-- evidence: bus is none, - or NULL where a pupil takes no bus
SELECT bus, COUNT(*) FROM pupils WHERE bus NOT IN ('none', '-') GROUP BY bus;

-- moderate: What is the average mark of each course, rounded to two decimals? Give title and average; absent is no mark.
SELECT c.title, ROUND(AVG(CAST(e.mark AS INTEGER)), 2) FROM courses c JOIN enrolments e USING (course_id)
WHERE e.mark <> 'absent' GROUP BY c.course_id;

-- moderate: How many teachers have Maths as main subject?
-- evidence: subject is written in any case
SELECT COUNT(*) FROM teachers WHERE LOWER(subject) = 'maths';

-- moderate: How many pupils were born in 2010?
-- evidence: born is YYYY-MM-DD or day.month.year
SELECT COUNT(*) FROM pupils WHERE born LIKE '2010-%' OR born LIKE '%.2010';

-- moderate: How many pupils are in each year of school? The year is the number in the form. Give year as a number and the number of pupils.
SELECT CAST(form AS INTEGER) AS year, COUNT(*) FROM pupils WHERE form IS NOT NULL GROUP BY year;

-- moderate: Which pupils were never absent? Give their ids.
SELECT pupil_id FROM pupils EXCEPT SELECT pupil_id FROM absences;

-- moderate: Give the names of teachers and how many lessons a week they teach, for those who teach at least one course.
SELECT t.name, SUM(c.weekly) FROM teachers t JOIN courses c USING (teacher_id) GROUP BY t.teacher_id;

-- moderate: Which pupils (ids) missed more than 10 lessons without excuse?
-- evidence: without excuse is excused = 0
SELECT pupil_id FROM absences WHERE excused = 0 GROUP BY pupil_id HAVING SUM(lessons) > 10;

-- moderate: Which last names are borne by at least six pupils? Give name and number.
SELECT last_name, COUNT(*) FROM pupils GROUP BY last_name HAVING COUNT(*) >= 6;

-- hard: Which pupil has the best average mark among those with at least five marks in numbers? Give first name, last name and average, rounded to two decimals; 1 is best.
SELECT p.first_name, p.last_name, ROUND(AVG(CAST(e.mark AS INTEGER)), 2) AS average
FROM pupils p JOIN enrolments e USING (pupil_id) WHERE e.mark <> 'absent' GROUP BY p.pupil_id
HAVING COUNT(*) >= 5 ORDER BY AVG(CAST(e.mark AS INTEGER)) LIMIT 1;

-- hard: Which teachers teach a course whose title does not begin with their main subject? Give each name once.
SELECT DISTINCT t.name FROM teachers t JOIN courses c USING (teacher_id)
WHERE LOWER(SUBSTR(c.title, 1, LENGTH(t.subject))) <> LOWER(t.subject);

-- hard: Which pupils (ids) took the same course in two different terms and got a better mark in the later one? Give pupil id and course id, each pair once.
SELECT DISTINCT a.pupil_id, a.course_id FROM enrolments a
JOIN enrolments b ON b.pupil_id = a.pupil_id AND b.course_id = a.course_id AND b.term > a.term
WHERE a.mark <> 'absent' AND b.mark <> 'absent' AND CAST(b.mark AS INTEGER) < CAST(a.mark AS INTEGER);

-- hard: For each form, give the form and the pupil id with the most missed lessons; the smallest id where several are equal. Only forms with absences.
SELECT form, pupil_id FROM (
  SELECT p.form, p.pupil_id, ROW_NUMBER() OVER (PARTITION BY p.form ORDER BY SUM(a.lessons) DESC, p.pupil_id) AS place
  FROM pupils p JOIN absences a USING (pupil_id) WHERE p.form IS NOT NULL GROUP BY p.pupil_id
) WHERE place = 1;

-- hard: On which weekdays are pupils absent how often? Give the weekday as a number (0 is Sunday) and the number of absences.
SELECT CAST(STRFTIME('%w', day) AS INTEGER) AS weekday, COUNT(*) FROM absences GROUP BY weekday;

-- hard: What share of marks in numbers was 4 or worse in each term, in percent rounded to one decimal? Give term and share, in order of terms.
SELECT term, ROUND(100.0 * SUM(CAST(mark AS INTEGER) >= 4) / COUNT(*), 1) FROM enrolments
WHERE mark IS NOT NULL AND mark <> 'absent' GROUP BY term ORDER BY term;

-- hard: Which teachers work more lessons in their courses than the average of teachers who have courses? Give name and lessons a week.
WITH work AS (SELECT t.name, SUM(c.weekly) AS lessons FROM teachers t JOIN courses c USING (teacher_id) GROUP BY t.teacher_id)
SELECT name, lessons FROM work WHERE lessons > (SELECT AVG(lessons) FROM work);

-- hard: Who is the oldest pupil of each year of school? Give the year as a number and the day of birth as YYYY-MM-DD, in order of years.
-- evidence: born is YYYY-MM-DD or day.month.year
SELECT CAST(form AS INTEGER) AS year,
  MIN(CASE WHEN born LIKE '%.%' THEN SUBSTR(born, 7, 4) || '-' || SUBSTR(born, 4, 2) || '-' || SUBSTR(born, 1, 2) ELSE born END)
FROM pupils WHERE form IS NOT NULL GROUP BY year ORDER BY year;

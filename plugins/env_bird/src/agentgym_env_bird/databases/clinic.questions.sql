-- simple: How many patients are registered?
SELECT COUNT(*) FROM patients;

-- simple: List the names of the insurers that cover at least 75 percent.
SELECT name FROM insurers WHERE covers >= 75;

-- simple: How many visits were for a rash?
SELECT COUNT(*) FROM visits WHERE reason = 'rash';

-- simple: Which doctors have no room? Give their names.
SELECT name FROM doctors WHERE room IS NULL;

-- simple: How many visits were not charged?
SELECT COUNT(*) FROM visits WHERE fee IS NULL;

-- simple: Give the names of the doctors hired in 2015 or later.
SELECT name FROM doctors WHERE hired >= '2015-01-01';

-- simple: After how many visits was the patient to come again?
SELECT COUNT(*) FROM visits WHERE "follow up" = 1;

-- simple: Which reasons for a visit are there? Give each once.
SELECT DISTINCT reason FROM visits;

-- moderate: How many doctors does each specialty have? Give the specialty in lower case without blanks around it, and the number.
-- evidence: specialty is not written in one way
SELECT LOWER(TRIM(specialty)) AS what, COUNT(*) FROM doctors GROUP BY what;

-- moderate: How many patients were born before 1950?
-- evidence: the year is what follows the second slash of born
SELECT COUNT(*) FROM patients WHERE CAST(SUBSTR(born, 7, 4) AS INTEGER) < 1950;

-- moderate: How many patients live in Saltby?
-- evidence: city is not written in one way
SELECT COUNT(*) FROM patients WHERE LOWER(TRIM(city)) = 'saltby';

-- moderate: What is the average fee of charged visits for each reason, rounded to two decimals? Give reason and average.
SELECT reason, ROUND(AVG(fee), 2) FROM visits GROUP BY reason;

-- moderate: Give the ids of patients without an insurer who came at least four times.
SELECT p.patient_id FROM patients p JOIN visits v USING (patient_id) WHERE p.insurer_id IS NULL
GROUP BY p.patient_id HAVING COUNT(*) >= 4;

-- moderate: How many prescriptions of Dorbex were written in 2022?
-- evidence: a prescription has the day of its visit; drug is written in any case
SELECT COUNT(*) FROM prescriptions r JOIN visits v USING (visit_id) WHERE LOWER(r.drug) = 'dorbex' AND v.visited LIKE '2022-%';

-- moderate: Which names are borne by more than one patient? Give name and number of patients.
SELECT name, COUNT(*) FROM patients GROUP BY name HAVING COUNT(*) > 1;

-- moderate: Which doctors have never seen a patient? Give their names.
SELECT d.name FROM doctors d LEFT JOIN visits v USING (doctor_id) WHERE v.visit_id IS NULL;

-- moderate: How many patients of each sex are there? Write unknown where it was not told. Give sex and number.
SELECT COALESCE(sex, 'unknown'), COUNT(*) FROM patients GROUP BY 1;

-- hard: For each insurer, how much did it pay in total? It pays its percentage of each fee. Give the name and the sum, rounded to two decimals.
SELECT i.name, ROUND(SUM(v.fee * i.covers / 100.0), 2)
FROM insurers i JOIN patients p USING (insurer_id) JOIN visits v USING (patient_id) GROUP BY i.insurer_id;

-- hard: For each doctor with visits, give the name and the day of the most recent visit.
SELECT d.name, MAX(v.visited) FROM doctors d JOIN visits v USING (doctor_id) GROUP BY d.doctor_id;

-- hard: Which patients (ids) came to three or more different doctors in the year 2021?
SELECT patient_id FROM visits WHERE visited BETWEEN '2021-01-01' AND '2021-12-31'
GROUP BY patient_id HAVING COUNT(DISTINCT doctor_id) >= 3;

-- hard: What is the longest time in days between two consecutive visits of one patient? Give the patient's id and the days.
SELECT patient_id, CAST(gap AS INTEGER) FROM (
  SELECT patient_id, JULIANDAY(visited) - JULIANDAY(LAG(visited) OVER (PARTITION BY patient_id ORDER BY visited)) AS gap FROM visits
) ORDER BY gap DESC LIMIT 1;

-- hard: Which visits cost more than 1.7 times the average fee of their reason? Give the visit ids.
SELECT visit_id FROM visits v WHERE fee > 1.7 * (SELECT AVG(fee) FROM visits w WHERE w.reason = v.reason);

-- hard: What percentage of visits led to at least one prescription, for each doctor with visits? Give the doctor's id and the percentage rounded to one decimal.
SELECT doctor_id, ROUND(100.0 * SUM(EXISTS (SELECT 1 FROM prescriptions r WHERE r.visit_id = v.visit_id)) / COUNT(*), 1)
FROM visits v GROUP BY doctor_id;

-- hard: Rank the drugs by total milligrams prescribed, counting dose_mg once for each day and leaving out prescriptions without days. Give the drug in lower case, the total and the rank, best first.
SELECT LOWER(drug) AS what, SUM(dose_mg * days) AS total, RANK() OVER (ORDER BY SUM(dose_mg * days) DESC)
FROM prescriptions WHERE days IS NOT NULL GROUP BY what ORDER BY total DESC;

-- hard: What was the running total of fees by quarter in 2022? Give the quarter (1 to 4) and the total from January up to its end, rounded to two decimals, in order.
SELECT quarter, ROUND(SUM(total) OVER (ORDER BY quarter), 2) FROM (
  SELECT (CAST(SUBSTR(visited, 6, 2) AS INTEGER) + 2) / 3 AS quarter, SUM(fee) AS total
  FROM visits WHERE visited LIKE '2022-%' GROUP BY quarter
) ORDER BY quarter;

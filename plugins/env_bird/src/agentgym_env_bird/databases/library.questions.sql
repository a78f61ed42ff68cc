-- simple: How many copies are lost?
SELECT COUNT(*) FROM copies WHERE state = 'lost';

-- simple: Which branches opened before 1970? Give their names.
SELECT name FROM branches WHERE opened < 1970;

-- simple: How many books have no named author?
SELECT COUNT(*) FROM books WHERE author_id IS NULL;

-- simple: Give the titles of all books published in 2010 or later.
SELECT title FROM books WHERE year >= 2010;

-- simple: What is the title of the book with the most pages?
SELECT title FROM books ORDER BY pages DESC LIMIT 1;

-- simple: How many loans were made in total?
SELECT COUNT(*) FROM loans;

-- simple: Of which authors is the year of birth unknown? Give their names.
SELECT name FROM authors WHERE born IS NULL;

-- simple: How many readers joined in 2020?
SELECT COUNT(*) FROM readers WHERE since LIKE '2020-%';

-- moderate: How many books are there of each genre? Give the genre in lower case without blanks around it, and the number.
-- evidence: genre is not written in one way
SELECT LOWER(TRIM(genre)) AS kind, COUNT(*) FROM books GROUP BY kind;

-- moderate: How many children are among the readers?
-- evidence: child is true or false in any case
SELECT COUNT(*) FROM readers WHERE LOWER(child) = 'true';

-- moderate: How many loans are still out?
-- evidence: returned is empty or NULL
SELECT COUNT(*) FROM loans WHERE returned IS NULL OR returned = '';

-- moderate: Which titles stand for more than one book? Give each once.
SELECT title FROM books GROUP BY title HAVING COUNT(*) > 1;

-- moderate: How many copies that are not lost does each branch have? Give the branch's name and the number.
SELECT b.name, COUNT(*) FROM branches b JOIN copies c USING (branch_id) WHERE c.state <> 'lost' GROUP BY b.branch_id;

-- moderate: Which authors have no book in the library? Give their names.
SELECT name FROM authors WHERE author_id NOT IN (SELECT author_id FROM books WHERE author_id IS NOT NULL);

-- moderate: Give the ids of books without any copy.
SELECT book_id FROM books EXCEPT SELECT book_id FROM copies;

-- moderate: What is the average age at death of authors whose years of birth and death are known, rounded to one decimal?
SELECT ROUND(AVG(died - born), 1) FROM authors WHERE born IS NOT NULL AND died IS NOT NULL;

-- moderate: Which readers borrowed more than eight times? Give name and number of loans.
SELECT r.name, COUNT(*) FROM readers r JOIN loans l USING (reader_id) GROUP BY r.reader_id HAVING COUNT(*) > 8;

-- hard: How many loans came back late, and what share of the returned ones was that in percent, rounded to one decimal?
-- evidence: late is returned after due; returned is empty or NULL where still out
SELECT SUM(returned > due), ROUND(100.0 * SUM(returned > due) / COUNT(*), 1) FROM loans WHERE returned IS NOT NULL AND returned <> '';

-- hard: Which three books (ids) were lent most often? Give id and number of loans, most first; the smaller id first where equal.
SELECT c.book_id, COUNT(*) AS times FROM loans l JOIN copies c USING (copy_id) GROUP BY c.book_id ORDER BY times DESC, c.book_id LIMIT 3;

-- hard: For each genre (lower case, no blanks around it), give the title of its longest book.
SELECT kind, title FROM (
  SELECT LOWER(TRIM(genre)) AS kind, title, ROW_NUMBER() OVER (PARTITION BY LOWER(TRIM(genre)) ORDER BY pages DESC) AS place FROM books
) WHERE place = 1;

-- hard: Give the names of readers who borrowed from Central and from Hilltop, but never from Riverside.
SELECT r.name FROM readers r JOIN loans l USING (reader_id) JOIN copies c USING (copy_id) JOIN branches b USING (branch_id)
GROUP BY r.reader_id
HAVING SUM(b.name = 'Central') > 0 AND SUM(b.name = 'Hilltop') > 0 AND SUM(b.name = 'Riverside') = 0;

-- hard: Give the names of authors who wrote books of at least three different genres.
-- evidence: genre is not written in one way
SELECT a.name FROM authors a JOIN books b USING (author_id) GROUP BY a.author_id HAVING COUNT(DISTINCT LOWER(TRIM(b.genre))) >= 3;

-- hard: For each month of 2022 (two digits), give the number of loans and the average of this and the two months before, rounded to two decimals, in order; where fewer months came before, the average of those there are.
SELECT month, times, ROUND(AVG(times) OVER (ORDER BY month ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), 2) FROM (
  SELECT SUBSTR(lent, 6, 2) AS month, COUNT(*) AS times FROM loans WHERE lent LIKE '2022-%' GROUP BY month
) ORDER BY month;

-- hard: Which books were never lent although they have a copy that is not lost? Give their titles.
SELECT title FROM books b WHERE EXISTS (SELECT 1 FROM copies c WHERE c.book_id = b.book_id AND c.state <> 'lost')
AND NOT EXISTS (SELECT 1 FROM copies c JOIN loans l USING (copy_id) WHERE c.book_id = b.book_id);

-- hard: Which branch lends the most per copy, lost ones included? Give the name and loans per copy, rounded to two decimals.
SELECT b.name, ROUND(1.0 * COUNT(l.loan_id) / COUNT(DISTINCT c.copy_id), 2) AS rate
FROM branches b JOIN copies c USING (branch_id) LEFT JOIN loans l USING (copy_id) GROUP BY b.branch_id ORDER BY rate DESC LIMIT 1;

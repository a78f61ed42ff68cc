$NUMBERS SELECT COUNT(*) FROM n
$NUMBERS SELECT MAX(i) FROM n
$NUMBERS SELECT i FROM n WHERE i < 0
$NUMBERS SELECT i FROM n ORDER BY i DESC LIMIT 1
$NUMBERS SELECT 1 WHERE -1 IN (SELECT i FROM n)
$NUMBERS SELECT EXISTS (SELECT 1 FROM n WHERE i < 0)
$NUMBERS SELECT SUM(i) OVER (ORDER BY i) FROM n
$NUMBERS SELECT GROUP_CONCAT(i, '') FROM n WHERE i < 0
$NUMBERS SELECT length($BIG || i) FROM n WHERE i < 0 OR length($BIG || i) < 0
$NUMBERS SELECT i FROM n WHERE instr($BIG, 'x' || i) > 0
$NUMBERS SELECT i FROM n WHERE replace($BIG || i, '0', '') = 'x'
$NUMBERS SELECT i FROM n WHERE $BIG || -i LIKE '%1%1%1%1%1%1%1%1%1%1%x'
$NUMBERS SELECT i FROM n WHERE $BIG || -i GLOB '*1*1*1*1*1*1*1*1*1*x'
$NUMBERS SELECT i FROM n WHERE json_extract(json_array($BIG, i), '$[0]') = 'x'
$NUMBERS SELECT i FROM n WHERE json_valid($BIG || i) = 7
$NUMBERS SELECT i FROM n WHERE printf('%900d', i) = 'x'
$NUMBERS SELECT i FROM n WHERE strftime('%Y', i) = 'x'
WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT COUNT(*) FROM n
WITH RECURSIVE n(i, s) AS (SELECT 1, 'x' UNION ALL SELECT i + 1, substr(s || 'x', -9) FROM n) SELECT COUNT(*) FROM n WHERE s < ''
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT a.i FROM n a, victim) SELECT COUNT(*) FROM n
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n ORDER BY 1 DESC) SELECT COUNT(*) FROM n
WITH RECURSIVE a(i) AS (SELECT 1 UNION ALL SELECT i FROM a), b(j) AS (SELECT i FROM a) SELECT COUNT(*) FROM b
SELECT COUNT(*) FROM victim v0, victim v1, victim v2, victim v3, victim v4, victim v5, victim v6, victim v7, victim v8, victim v9
SELECT COUNT(*) FROM victim v0 JOIN victim v1 JOIN victim v2 JOIN victim v3 JOIN victim v4 JOIN victim v5 ON v0.id <> v5.id
SELECT DISTINCT v0.name || v3.name FROM victim v0, victim v1, victim v2, victim v3, victim v4, victim v5 LIMIT 1 OFFSET 900000000
SELECT * FROM victim v0, victim v1, victim v2, victim v3, victim v4, victim v5 ORDER BY v0.name DESC, v5.name
SELECT v0.name, COUNT(*) FROM victim v0, victim v1, victim v2, victim v3, victim v4, victim v5 GROUP BY v0.name || v1.name || v2.name || v3.name
SELECT SUM(v1.id) OVER (PARTITION BY v0.id ORDER BY v2.id) FROM victim v0, victim v1, victim v2, victim v3, victim v4
SELECT COUNT(*) FROM victim a, victim b, victim c, victim d WHERE a.name || b.name LIKE '%' || c.name || '%' || d.name || '%'
SELECT 1 FROM victim a WHERE (SELECT COUNT(*) FROM victim b, victim c, victim d WHERE b.id + c.id + d.id + a.id < 0) > 0
$NUMBERS SELECT i FROM n
$NUMBERS SELECT i, i, i FROM n LIMIT 100000000
$NUMBERS SELECT $BIG FROM n
$NUMBERS SELECT i, $BIG, $BIG, $BIG FROM n
SELECT * FROM victim a, victim b, victim c
$NUMBERS SELECT COUNT(*) FROM n WHERE zeroblob(19000) = x'00' OR i < 0
$NUMBERS SELECT DISTINCT $BIG || i FROM n
$NUMBERS SELECT $BIG || i FROM n ORDER BY 1
$NUMBERS SELECT $BIG || i AS k, COUNT(*) FROM n GROUP BY k
$NUMBERS SELECT i FROM n EXCEPT SELECT $BIG || i FROM n
WITH RECURSIVE n(i, s) AS (SELECT 1, $BIG UNION SELECT i + 1, substr(s, 1, 17000) || i FROM n) SELECT COUNT(*) FROM n

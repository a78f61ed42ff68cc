SELECT printf('%.2000000000c', 'x')
SELECT printf('%2000000000d', 1)
SELECT printf('%-*d', -2000000000, 1)
SELECT printf('%,.99999999999999999999f', 1)
SELECT format('%100000000s', 'x')
-- nothing but a comment
/* nothing */
;
VALUES (1), (2)
EXPLAIN SELECT * FROM victim
EXPLAIN QUERY PLAN SELECT * FROM victim a, victim b
SELECT * FROM sqlite_master
SELECT sql FROM sqlite_schema UNION SELECT name FROM sqlite_temp_master
SELECT CAST(x'ff41' AS TEXT)
SELECT x'00ff', 1e999, -1e999, 9223372036854775807 + 1, 0.0 / 0
SELECT char(0, 1, 55296, 1114111)
SELECT instr($BIG, hex(zeroblob(4500)) || '1')
SELECT replace($BIG, hex(zeroblob(4500)) || '1', '')
SELECT round(1e308, 2147483647), pow(10, 400), printf('%.1000f', 1e300)
SELECT strftime('%c%c%c%c%c%c%c%c%c%c', 5373484.5), date('0000-01-01', '+99999999999 days')
SELECT a.*, b.*, c.* FROM victim a LEFT JOIN victim b LEFT JOIN victim c LIMIT 5
SELECT * FROM victim WHERE id IN (SELECT id FROM victim WHERE id IN (SELECT id FROM victim WHERE id IN (SELECT id FROM victim)))
WITH victim AS (SELECT * FROM victim) SELECT * FROM victim
WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM a
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n LIMIT 100) SELECT * FROM n LIMIT -1
SELECT 1 UNION ALL SELECT trim($BIG, replace(hex(zeroblob(800)), '0', '1') || '0')
SELECT json_group_array(id) OVER (ORDER BY id ROWS BETWEEN 200 PRECEDING AND CURRENT ROW) FROM victim
SELECT * FROM sqlite_schema('x')
SELECT SUM(9223372036854775807) FROM victim
SELECT name COLLATE evil FROM victim
SELECT * FROM victim INDEXED BY evil
SELECT rowid, _rowid_, oid FROM victim
SELECT likelihood(1, 0.5), unlikely(1), typeof(x'')

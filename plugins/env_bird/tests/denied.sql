INSERT INTO victim VALUES (99, 'x')
INSERT OR REPLACE INTO victim SELECT id, 'x' FROM victim
INSERT INTO victim DEFAULT VALUES
INSERT INTO victim VALUES (100, 'x') RETURNING *
REPLACE INTO victim VALUES (1, 'x')
UPDATE victim SET name = 'x'
UPDATE victim SET name = 'x' RETURNING id
UPDATE OR IGNORE victim SET id = 1
DELETE FROM victim
DELETE FROM victim WHERE id = 1 RETURNING *
DELETE FROM victim ORDER BY id LIMIT 1
WITH x AS (SELECT 1) DELETE FROM victim
WITH x AS (SELECT 1 AS a) UPDATE victim SET id = (SELECT a FROM x)
WITH x(a, b) AS (VALUES (7, 'y')) INSERT INTO victim SELECT * FROM x
CREATE TABLE evil (a)
CREATE TABLE evil AS SELECT * FROM victim
CREATE TEMP TABLE evil (a)
CREATE TEMPORARY TABLE IF NOT EXISTS evil AS SELECT 1
CREATE TABLE temp.evil (a)
CREATE VIEW evil AS SELECT 1
CREATE TEMP VIEW evil AS SELECT * FROM victim
CREATE INDEX evil ON victim (name)
CREATE UNIQUE INDEX evil ON victim (id)
CREATE TRIGGER evil AFTER INSERT ON victim BEGIN DELETE FROM victim; END
CREATE TEMP TRIGGER evil BEFORE UPDATE ON victim BEGIN SELECT RAISE(IGNORE); END
CREATE VIRTUAL TABLE evil USING fts3(a)
CREATE VIRTUAL TABLE evil USING fts4(a)
CREATE VIRTUAL TABLE evil USING fts5(a)
CREATE VIRTUAL TABLE temp.evil USING fts5(a)
CREATE VIRTUAL TABLE evil USING rtree(id, a, b)
CREATE VIRTUAL TABLE temp.evil USING rtree(id, a, b)
CREATE VIRTUAL TABLE temp.evil USING rtree_i32(id, a, b)
CREATE VIRTUAL TABLE evil USING fts4aux(victim)
CREATE VIRTUAL TABLE temp.evil USING fts5vocab(main, victim, row)
CREATE VIRTUAL TABLE temp.evil USING fts3tokenize('simple')
CREATE VIRTUAL TABLE temp.evil USING dbstat
CREATE VIRTUAL TABLE temp.evil USING csv(filename='/etc/passwd')
CREATE VIRTUAL TABLE temp.evil USING json_each
DROP TABLE victim
DROP TABLE IF EXISTS victim
DROP INDEX IF EXISTS victim_name
DROP VIEW IF EXISTS seen
ALTER TABLE victim RENAME TO gone
ALTER TABLE victim RENAME COLUMN name TO gone
ALTER TABLE victim ADD COLUMN evil TEXT
ALTER TABLE victim DROP COLUMN name
VACUUM
VACUUM main
VACUUM INTO 'copied.sqlite'
VACUUM main INTO 'copied.sqlite'
REINDEX
REINDEX victim
ANALYZE
ANALYZE victim
ATTACH 'attached.sqlite' AS evil
ATTACH DATABASE 'attached.sqlite' AS evil
ATTACH DATABASE ':memory:' AS evil
ATTACH DATABASE '' AS evil
ATTACH 'file:attached.sqlite?mode=rwc' AS evil
ATTACH 'victim.sqlite' AS evil
ATTACH (SELECT 'attached.sqlite') AS evil
ATTACH '/etc/passwd' AS evil
DETACH main
DETACH DATABASE temp
BEGIN
BEGIN IMMEDIATE
BEGIN EXCLUSIVE TRANSACTION
COMMIT
END
ROLLBACK
SAVEPOINT evil
RELEASE evil
ROLLBACK TO evil
UPDATE sqlite_master SET sql = 'x'
DELETE FROM sqlite_master
INSERT INTO sqlite_master VALUES ('table', 'evil', 'evil', 2, 'CREATE TABLE evil (a)')
UPDATE sqlite_schema SET name = 'evil'
DELETE FROM sqlite_temp_master
INSERT INTO sqlite_sequence VALUES ('victim', 1)
EXPLAIN DELETE FROM victim
EXPLAIN QUERY PLAN UPDATE victim SET name = 'x'
EXPLAIN ATTACH 'attached.sqlite' AS evil
EXPLAIN PRAGMA user_version = 7
PRAGMA user_version = 7
PRAGMA user_version
PRAGMA application_id = 7
PRAGMA writable_schema = ON
PRAGMA writable_schema = RESET
PRAGMA journal_mode = WAL
PRAGMA journal_mode = DELETE
PRAGMA query_only = OFF
PRAGMA trusted_schema = ON
PRAGMA temp_store = FILE
PRAGMA temp_store_directory = '.'
PRAGMA data_store_directory = '.'
PRAGMA hard_heap_limit = 0
PRAGMA soft_heap_limit = 0
PRAGMA cache_size = -100000000
PRAGMA cache_spill = OFF
PRAGMA mmap_size = 1000000000
PRAGMA locking_mode = EXCLUSIVE
PRAGMA wal_checkpoint(TRUNCATE)
PRAGMA optimize
PRAGMA incremental_vacuum
PRAGMA shrink_memory
PRAGMA integrity_check
PRAGMA quick_check
PRAGMA foreign_key_check
PRAGMA database_list
PRAGMA table_info(victim)
PRAGMA compile_options
PRAGMA function_list
PRAGMA module_list
PRAGMA busy_timeout = 100000000
PRAGMA threads = 8
PRAGMA case_sensitive_like = ON
PRAGMA analysis_limit = 0
PRAGMA schema_version = 7
PRAGMA page_size = 65536
PRAGMA encoding = 'UTF-16'
PRAGMA auto_vacuum = FULL
PRAGMA secure_delete = ON
PRAGMA synchronous = OFF
SELECT * FROM pragma_database_list
SELECT file FROM pragma_database_list()
SELECT COUNT(*) FROM pragma_database_list
SELECT * FROM pragma_table_info('victim')
SELECT * FROM pragma_function_list
SELECT * FROM pragma_module_list
SELECT * FROM pragma_compile_options
SELECT * FROM pragma_user_version
SELECT * FROM pragma_journal_mode
SELECT * FROM pragma_wal_checkpoint
SELECT * FROM pragma_integrity_check
SELECT 1 UNION SELECT file FROM pragma_database_list
SELECT * FROM victim, pragma_table_info('victim')
SELECT * FROM (SELECT * FROM pragma_database_list) AS hidden
WITH hidden AS (SELECT * FROM pragma_database_list) SELECT COUNT(*) FROM hidden
SELECT EXISTS (SELECT 1 FROM "pragma_database_list")
SELECT * FROM Pragma_Database_List
SELECT * FROM [pragma_table_list]
SELECT * FROM dbstat
SELECT COUNT(*) FROM dbstat
SELECT * FROM sqlite_stmt
SELECT COUNT(*) FROM main.sqlite_stmt
SELECT * FROM sqlite_dbpage
SELECT * FROM bytecode('SELECT 1')
SELECT * FROM tables_used('SELECT 1')
SELECT * FROM fts3tokenize('simple', 'a b')
SELECT load_extension('evil')
SELECT load_extension('/lib/x86_64-linux-gnu/libc.so.6', 'puts')
SELECT Load_Extension('evil')
SELECT "load_extension"('evil')
SELECT 1 UNION ALL SELECT load_extension('evil')
SELECT * FROM victim WHERE load_extension('evil') OR 1
SELECT * FROM victim ORDER BY load_extension('evil')
SELECT 1 FROM victim GROUP BY load_extension('evil')
SELECT 1 FROM victim HAVING load_extension('evil')
SELECT (SELECT load_extension('evil'))
WITH x AS (SELECT load_extension('evil')) SELECT * FROM x
SELECT readfile('/etc/passwd')
SELECT writefile('written', 'x')
SELECT writefile('written', 'x') FROM victim
SELECT edit('x', 'touch written')
SELECT fts3_tokenizer('simple')
SELECT fts3_tokenizer('simple', x'4141414141414141')
SELECT sqlite_log(1, 'x')
SELECT sqlite_compileoption_get(1)
SELECT sqlite_compileoption_used('THREADSAFE')
SELECT sqlite_source_id()
SELECT sqlite_version()
SELECT random()
SELECT randomblob(100000000)
SELECT hex(randomblob(1000))
SELECT name FROM victim ORDER BY RANDOM() LIMIT 1
SELECT last_insert_rowid()
SELECT changes()
SELECT total_changes()
SELECT rtreedepth(x'00')
SELECT rtreenode(2, x'0000000100000000')
SELECT rtreecheck('victim')
SELECT snippet('x')
SELECT matchinfo('x')
SELECT offsets('x')
SELECT optimize('x')
SELECT highlight('x', 1, 'a', 'b')
SELECT bm25('x')
SELECT subtype('x')
SELECT fts5(1)
SELECT fts5_source_id()
SELECT match('x', 'y')
SELECT 'x' MATCH 'y'
SELECT 'aaaa' REGEXP '(a+)+$'
SELECT regexp('(a+)+$', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa!')
SELECT eval('DELETE FROM victim')
SELECT * FROM generate_series(1, 1000000000)
SELECT * FROM json_each('[1, 2]')
SELECT * FROM json_tree('{"a": 1}')
SELECT CURRENT_TIMESTAMP
SELECT * FROM victim WHERE CURRENT_DATE > name
SELECT 1; DELETE FROM victim
SELECT 1; SELECT 2
SELECT 1;; DROP TABLE victim
SELECT 1; -- a comment\nDELETE FROM victim
SELECT 1 /* ; */; DELETE FROM victim
SELECT 1; /* hidden */ DELETE FROM victim
SELECT 1; /* open DELETE FROM victim */ ; DROP TABLE victim
SELECT '/*'; DELETE FROM victim; SELECT '*/'
SELECT ';'; ATTACH 'attached.sqlite' AS evil
SELECT 1 -- ;\n; DELETE FROM victim
SELECT "a;b"; DELETE FROM victim
SELECT [a;b]; DELETE FROM victim
; ; ; DELETE FROM victim
-- SELECT 1\nDELETE FROM victim
/* SELECT 1 */ DELETE FROM victim
/**/DELETE/**/FROM/**/victim
--\r\nDELETE FROM victim
SELECT 1 UNION DELETE FROM victim
SELECT 1 UNION ALL (DELETE FROM victim RETURNING 1)
SELECT * FROM (DELETE FROM victim RETURNING 1)
SELECT (UPDATE victim SET name = 'x' RETURNING 1)
SELECT * FROM (INSERT INTO victim VALUES (9, 'x') RETURNING id)
SELECT 1 INTERSECT PRAGMA user_version = 7
SELECT 1 INTO OUTFILE 'written'
.shell touch written
.output written
.load evil
COPY victim TO 'written'
SELECT * FROM victim INTO OUTFILE 'written'
EXEC xp_cmdshell 'touch written'
SELECT zeroblob(100000000)
SELECT hex(zeroblob(100000000))
SELECT length(zeroblob(2000000000))
SELECT replace($BIG, '0', $BIG)
SELECT replace(replace(hex(zeroblob(5000)), '0', '0123456789'), '0', '0123456789')
SELECT hex(hex(hex(hex(zeroblob(5000)))))
SELECT quote(zeroblob(15000))
SELECT group_concat(hex(zeroblob(5000))) FROM victim
SELECT json_group_array(hex(zeroblob(5000))) FROM victim
SELECT json_group_object(id, hex(zeroblob(5000))) FROM victim
SELECT $BIG || $BIG
SELECT 'x' LIKE $BIG
WITH RECURSIVE n(s) AS (SELECT 'xx' UNION ALL SELECT s || s FROM n) SELECT length(s) FROM n
SELECT * FROM victim WHERE name = ?
SELECT :name
SELECT ?999999999
SELECT * FROM main.evil
SELECT * FROM temp.victim, evil.victim
SELECT
x
SELECT 'never closed
SELECT /* never closed
SELECT 1e
SELECT abs(-9223372036854775808)

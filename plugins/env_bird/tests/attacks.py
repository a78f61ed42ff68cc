"""SQL that must do no harm. Run as a program: `python attacks.py FOLDER` plays every case on FOLDER/victim.sqlite and prints JSON.

A case has a group, which says how it has to end: `denied` by the authorizer or the parser, `stopped` at a limit, `refused` before SQLite
sees it, or `bounded`: any end, as long as there is one.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

WRITES = """
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
"""

PRAGMAS = """
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
"""

FUNCTIONS = """
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
"""

SECOND = r"""
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
"""

FIFTY = ", ".join(["(1)"] * 50)
TEN = " UNION ALL ".join(["SELECT id FROM victim"] * 10)
BIG = "hex(zeroblob(9000))"
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "

STOPPED = [
    f"{NUMBERS}SELECT COUNT(*) FROM n",
    f"{NUMBERS}SELECT MAX(i) FROM n",
    f"{NUMBERS}SELECT i FROM n WHERE i < 0",
    f"{NUMBERS}SELECT i FROM n ORDER BY i DESC LIMIT 1",
    f"{NUMBERS}SELECT 1 WHERE -1 IN (SELECT i FROM n)",
    f"{NUMBERS}SELECT EXISTS (SELECT 1 FROM n WHERE i < 0)",
    f"{NUMBERS}SELECT SUM(i) OVER (ORDER BY i) FROM n",
    f"{NUMBERS}SELECT GROUP_CONCAT(i, '') FROM n WHERE i < 0",
    f"{NUMBERS}SELECT length({BIG} || i) FROM n WHERE i < 0 OR length({BIG} || i) < 0",
    f"{NUMBERS}SELECT i FROM n WHERE instr({BIG}, 'x' || i) > 0",
    f"{NUMBERS}SELECT i FROM n WHERE replace({BIG} || i, '0', '') = 'x'",
    f"{NUMBERS}SELECT i FROM n WHERE {BIG} || -i LIKE '%1%1%1%1%1%1%1%1%1%1%x'",
    f"{NUMBERS}SELECT i FROM n WHERE {BIG} || -i GLOB '*1*1*1*1*1*1*1*1*1*x'",
    f"{NUMBERS}SELECT i FROM n WHERE json_extract(json_array({BIG}, i), '$[0]') = 'x'",
    f"{NUMBERS}SELECT i FROM n WHERE json_valid({BIG} || i) = 7",
    f"{NUMBERS}SELECT i FROM n WHERE printf('%900d', i) = 'x'",
    f"{NUMBERS}SELECT i FROM n WHERE strftime('%Y', i) = 'x'",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
    "WITH RECURSIVE n(i, s) AS (SELECT 1, 'x' UNION ALL SELECT i + 1, substr(s || 'x', -9) FROM n) SELECT COUNT(*) FROM n WHERE s < ''",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT a.i FROM n a, victim) SELECT COUNT(*) FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n ORDER BY 1 DESC) SELECT COUNT(*) FROM n",
    "WITH RECURSIVE a(i) AS (SELECT 1 UNION ALL SELECT i FROM a), b(j) AS (SELECT i FROM a) SELECT COUNT(*) FROM b",
    f"SELECT COUNT(*) FROM {', '.join(f'victim v{n}' for n in range(10))}",
    f"SELECT COUNT(*) FROM {' CROSS JOIN '.join(f'victim v{n}' for n in range(10))}",
    f"SELECT COUNT(*) FROM {' JOIN '.join(f'victim v{n}' for n in range(6))} ON v0.id <> v5.id",
    f"SELECT DISTINCT v0.name || v3.name FROM {', '.join(f'victim v{n}' for n in range(6))} LIMIT 1 OFFSET 900000000",
    f"SELECT * FROM {', '.join(f'victim v{n}' for n in range(6))} ORDER BY v0.name DESC, v5.name",
    f"SELECT v0.name, COUNT(*) FROM {', '.join(f'victim v{n}' for n in range(6))} GROUP BY v0.name || v1.name || v2.name || v3.name",
    f"SELECT SUM(v1.id) OVER (PARTITION BY v0.id ORDER BY v2.id) FROM {', '.join(f'victim v{n}' for n in range(5))}",
    "SELECT COUNT(*) FROM victim a, victim b, victim c, victim d WHERE a.name || b.name LIKE '%' || c.name || '%' || d.name || '%'",
    "SELECT 1 FROM victim a WHERE (SELECT COUNT(*) FROM victim b, victim c, victim d WHERE b.id + c.id + d.id + a.id < 0) > 0",
    f"{NUMBERS}SELECT i FROM n",
    f"{NUMBERS}SELECT i, i, i FROM n LIMIT 100000000",
    f"{NUMBERS}SELECT {BIG} FROM n",
    f"{NUMBERS}SELECT i, {BIG}, {BIG}, {BIG} FROM n",
    "SELECT * FROM victim a, victim b, victim c",
    f"{NUMBERS}SELECT COUNT(*) FROM n WHERE zeroblob(19000) = x'00' OR i < 0",
    f"{NUMBERS}SELECT DISTINCT {BIG} || i FROM n",
    f"{NUMBERS}SELECT {BIG} || i FROM n ORDER BY 1",
    f"{NUMBERS}SELECT {BIG} || i AS k, COUNT(*) FROM n GROUP BY k",
    f"{NUMBERS}SELECT i FROM n EXCEPT SELECT {BIG} || i FROM n",
    f"SELECT COUNT(*) FROM {', '.join(f'(VALUES {FIFTY}) t{n}' for n in range(12))}",
    f"SELECT COUNT(*) FROM {' JOIN '.join(f'(SELECT id FROM victim UNION ALL SELECT id FROM victim) t{n}' for n in range(20))}",
    "WITH RECURSIVE n(i, s) AS (SELECT 1, hex(zeroblob(9000)) UNION SELECT i + 1, substr(s, 1, 17000) || i FROM n) SELECT COUNT(*) FROM n",
]

DENIED = [
    "WITH a AS (SELECT 1) SELECT 1 FROM " + ", ".join(["a"] * 20) + ") AS (" * 2500,
    "WITH " + "a AS (" * 2500 + "SELECT 1 FROM a, a, a, a, a, a, a, a, a, a, a, a, a, a",
    "SELECT zeroblob(100000000)",
    "SELECT hex(zeroblob(100000000))",
    "SELECT length(zeroblob(2000000000))",
    "SELECT json_patch('{}', '" + '{"a":' * 900 + "1" + "}" * 900 + "')",
    "SELECT printf('%2000000000d', 1)",
    "SELECT printf('%.*c', 2000000000, 'x')",
    "SELECT printf('%.2000000000c', 'x')",
    "SELECT printf('%' || '.*' || 'c', 1e9 + 1e9, 'x')",
    "SELECT format('%.*c', '2000000000', 'x')",
    "SELECT printf('%-*d', -2000000000, 1)",
    "SELECT printf('%,.99999999999999999999f', 1)",
    "SELECT " + ", ".join(["instr(hex(zeroblob(9000)), hex(zeroblob(4500)) || '1')"] * 150),
    "SELECT " + " || ".join(["replace(name, 'a', 'b')"] * 150) + " FROM victim",
    "SELECT format('%100000000s', 'x')",
    "SELECT replace(hex(zeroblob(9000)), '0', hex(zeroblob(9000)))",
    "SELECT replace(replace(hex(zeroblob(5000)), '0', '0123456789'), '0', '0123456789')",
    "SELECT hex(hex(hex(hex(zeroblob(5000)))))",
    "SELECT quote(zeroblob(15000))",
    "SELECT group_concat(hex(zeroblob(5000))) FROM victim",
    "SELECT json_group_array(hex(zeroblob(5000))) FROM victim",
    "SELECT json_group_object(id, hex(zeroblob(5000))) FROM victim",
    "SELECT json_array(" + ", ".join(["hex(zeroblob(5000))"] * 50) + ")",
    "SELECT hex(zeroblob(9000)) || hex(zeroblob(9000))",
    "SELECT 'x' LIKE hex(zeroblob(9000))",
    f"SELECT 'aaaa' LIKE '{'%a' * 200}'",
    f"SELECT 'aaaa' GLOB '{'*a' * 200}'",
    "WITH RECURSIVE n(s) AS (SELECT 'xx' UNION ALL SELECT s || s FROM n) SELECT length(s) FROM n",
    f"SELECT {'(' * 5000}1{')' * 5000}",
    f"SELECT {'-' * 0}{' + '.join(['1'] * 3000)}",
    f"SELECT {'NOT ' * 3000}1",
    f"SELECT {'(SELECT ' * 400}1{')' * 400}",
    f"SELECT {', '.join(['1'] * 3000)}",
    " UNION ALL ".join(["SELECT 1"] * 600),
    f"SELECT max({', '.join(['1'] * 500)})",
    f"SELECT COUNT(*) FROM {', '.join(f'victim v{n}' for n in range(80))}",
    "SELECT * FROM victim WHERE name = ?",
    "SELECT :name",
    "SELECT ?999999999",
    "SELECT * FROM main.evil",
    "SELECT * FROM temp.victim, evil.victim",
    "SELECT",
    "x",
    "\ud800",
    "SELECT '\udfff'",
    "SELECT 'never closed",
    "SELECT /* never closed",
    "SELECT 1e",
    "SELECT abs(-9223372036854775808)",
    "SELECT json('" + "[" * 9000 + "]" * 9000 + "')",
]


def _chain(body: str, length: int) -> str:
    parts = ["a0 AS (SELECT 1 AS x)", *(f"a{n} AS ({body.format(a=f'a{n - 1}')})" for n in range(1, length))]
    return f"WITH {', '.join(parts)} SELECT COUNT(*) FROM a{length - 1}"


REFUSED = [
    _chain("SELECT 1 AS x FROM {a}, {a}", 40),
    _chain("SELECT x FROM {a} UNION ALL SELECT x FROM {a}", 30),
    _chain("SELECT (SELECT MAX(x) FROM {a}) + (SELECT MIN(x) FROM {a}) AS x", 30),
    _chain("SELECT x FROM {a} WHERE x IN (SELECT x FROM {a})", 30),
    _chain('SELECT 1 AS x FROM "{a}", `{a}`', 30),
    _chain("SELECT 1 AS x FROM [{a}], '{a}' AS z", 30),
    _chain("SELECT 1 AS x FROM {a} /* { */, {a}".replace("{ ", "{{ "), 30),
    _chain("SELECT 1 AS x FROM {a} JOIN {a} USING (x)", 30)
    .replace("WITH", "WITH RECURSIVE")
    .replace("AS (", "AS NOT MATERIALIZED ("),
    _chain("SELECT 1 AS x FROM {a}, {a}", 30).replace("a0 AS", "a0(x) AS"),
    "EXPLAIN " + _chain("SELECT 1 AS x FROM {a}, {a}", 40),
    "WITH "
    + ", ".join(f"b{n} AS (SELECT * FROM b{n + 1})" for n in range(500))
    + ", b500 AS (SELECT 1) SELECT * FROM b0",
    f"SELECT {'1' * 30000}",
    f"SELECT '{'x' * 30000}'",
    "SELECT 1\x00; DELETE FROM victim",
    "\x00",
    "",
    " \n\t ",
    "```sql\n```",
    "SELECT date('now')",
    "SELECT strftime('%s', ' NOW ')",
    "SELECT datetime()",
    "SELECT strftime('%Y')",
    "SELECT julianday()",
]


def _many(call: str, times: int) -> str:
    """One row that calls a function many times on long values: nothing interrupts it."""
    long = "hex(zeroblob(9000))"
    return (
        f"SELECT {', '.join([call] * times)} FROM (SELECT {long} AS a, substr(replace({long}, '0', '1'), 1, 1600) || '0' AS b, "
        f"'[' || replace(substr({long}, 1, 9000), '0', '1,') || '1]' AS c, replace(substr({long}, 1, 1200), '0', '%J') AS d)"
    )


BOUNDED = [
    "SELECT 1" + " " * 30000,
    "-- nothing but a comment",
    "/* nothing */",
    ";",
    "VALUES (1), (2)",
    "EXPLAIN SELECT * FROM victim",
    "EXPLAIN QUERY PLAN SELECT * FROM victim a, victim b",
    "SELECT * FROM sqlite_master",
    "SELECT sql FROM sqlite_schema UNION SELECT name FROM sqlite_temp_master",
    "SELECT CAST(x'ff41' AS TEXT)",
    "SELECT x'00ff', 1e999, -1e999, 9223372036854775807 + 1, 0.0 / 0",
    "SELECT char(0, 1, 55296, 1114111)",
    "SELECT instr(hex(zeroblob(9000)), hex(zeroblob(4500)) || '1')",
    "SELECT replace(hex(zeroblob(9000)), hex(zeroblob(4500)) || '1', '')",
    "SELECT hex(zeroblob(9000)) LIKE '" + "%0" * 90 + "1'",
    "SELECT hex(zeroblob(9000)) LIKE '" + "%_" * 90 + "1'",
    "SELECT hex(zeroblob(9000)) GLOB '" + "*0" * 90 + "1'",
    "SELECT hex(zeroblob(9000)) GLOB '" + "*[0-9]" * 30 + "x'",
    "SELECT round(1e308, 2147483647), pow(10, 400), printf('%.1000f', 1e300)",
    "SELECT strftime('" + "%c" * 10 + "', 5373484.5), date('0000-01-01', '+99999999999 days')",
    f"SELECT * FROM {' JOIN '.join(f'(SELECT id FROM victim UNION ALL SELECT id FROM victim) t{n}' for n in range(12))} LIMIT 1",
    f"SELECT 1 WHERE {' OR '.join(f'{n} = {n + 1}' for n in range(150))}",
    f"SELECT 1 IN ({', '.join(map(str, range(3000)))})",
    f"SELECT CASE {' '.join(f'WHEN {n} = 0 THEN {n}' for n in range(1, 400))} END",
    f"SELECT COUNT(*) FROM {' JOIN '.join(f'victim v{n} USING (id)' if n else 'victim v0' for n in range(60))}",
    "SELECT a.*, b.*, c.* FROM victim a LEFT JOIN victim b LEFT JOIN victim c LIMIT 5",
    "SELECT * FROM victim WHERE id IN (SELECT id FROM victim WHERE id IN (SELECT id FROM victim WHERE id IN (SELECT id FROM victim)))",
    "WITH victim AS (SELECT * FROM victim) SELECT * FROM victim",
    "WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM a",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n LIMIT 100) SELECT * FROM n LIMIT -1",
    "SELECT 1 UNION ALL SELECT " + "trim(hex(zeroblob(9000)), replace(hex(zeroblob(800)), '0', '1') || '0')",
    _many("trim(a, b)", 450),
    _many("ltrim(a, b)", 450),
    _many("rtrim(b, a || b)", 450),
    _many("json_extract(c, '$[#-1]', '$[#-2]')", 300),
    _many("c -> '$[#-1]'", 450),
    _many("json_valid(c || ' ')", 450),
    _many("length(upper(a)) + length(quote(a))", 300),
    _many("length(strftime(d, '2000-01-01'))", 450),
    _many("CAST(a || 1 AS REAL) + round(a, 20)", 400),
    _many("a || b", 450),
    "SELECT json_replace(json_array(1), " + ", ".join(["'$[0]', 1"] * 49) + ")",
    (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 4000) "
        "SELECT MAX(length(g)) FROM (SELECT group_concat('a') OVER (ORDER BY i ROWS BETWEEN 2000 PRECEDING AND CURRENT ROW) AS g FROM n)"
    ),
    f"SELECT * FROM {' JOIN '.join(f'({TEN}) t{n}' for n in range(8))} LIMIT 1",
    f"SELECT {', '.join(f'COUNT(DISTINCT id + {n})' for n in range(400))} FROM victim",
    f"SELECT ({', '.join(['1'] * 2000)}) = ({', '.join(['1'] * 2000)})",
    f"SELECT CASE {' '.join(f'WHEN id = {n} THEN {n}' for n in range(700))} END FROM victim",
    "SELECT json_group_array(id) OVER (ORDER BY id ROWS BETWEEN 200 PRECEDING AND CURRENT ROW) FROM victim",
    "SELECT * FROM sqlite_schema('x')",
    "SELECT SUM(9223372036854775807) FROM victim",
    "SELECT name COLLATE evil FROM victim",
    "SELECT * FROM victim INDEXED BY evil",
    "SELECT rowid, _rowid_, oid FROM victim",
    "SELECT likelihood(1, 0.5), unlikely(1), typeof(x'')",
]


def lines(text: str) -> list[str]:
    return [line.replace("\\n", "\n").replace("\\r", "\r") for line in text.strip().splitlines()]


CASES = [
    *(("denied", sql) for text in (WRITES, PRAGMAS, FUNCTIONS, SECOND) for sql in lines(text)),
    *(("denied", sql) for sql in DENIED),
    *(("stopped", sql) for sql in STOPPED),
    *(("refused", sql) for sql in REFUSED),
    *(("bounded", sql) for sql in BOUNDED),
]


def main(folder: Path) -> None:
    """Play every case; after each, an honest query must still be answered."""
    from agentgym_env_bird.config import BirdConfig
    from agentgym_env_bird.pool import Pool
    from agentgym_env_bird.statement import read

    config = BirdConfig(instructions=200_000, seconds=120, rows=5_000, megabytes=8, memory=256)
    path = str(folder / "victim.sqlite")
    pool = Pool(config.limits)
    ends = []
    for group, sql in CASES:
        result = pool.run(path, read(sql))
        honest = pool.run(path, "SELECT COUNT(*), MIN(name) FROM victim")
        ends.append([group, ascii(sql[:120]), result.error, len(result.rows), honest.rows == [(300, "name 1")]])
    pool.close()
    # ru_maxrss would count what the process that started this one held when it forked.
    status = Path("/proc/self/status")
    if status.exists():
        peak = int(status.read_text().split("VmHWM:")[1].split()[0]) // 1024
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"ends": ends, "peak": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

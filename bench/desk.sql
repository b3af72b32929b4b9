CREATE TEMP TABLE made AS
SELECT gen_random_uuid() AS case_id, n,
  timestamptz '2026-10-31' - n * interval '25 seconds' AS registered_at,
  CASE WHEN n % 2 = 0 THEN 'd' || (n / 2 % 2) ELSE 'd' || (2 + n / 2 % 48) END AS department,
  n <= :cases / 50 AS is_open
FROM generate_series(1, :cases) AS n;
INSERT INTO case_view (case_id, state, level, urgency, category, class_code, title_en, title_zh,
  source, source_id, channel, place, grid, description, exercise, triage, reported_at,
  registered_at, round, final, department, due_by, closed_at, failures, returns, joined, requests,
  parts, lines, intake_seq, router_seq, own_seq)
SELECT case_id, CASE WHEN is_open THEN 'handling' ELSE 'closed' END, n % 400 / 133, 'G',
  'c' || n % 200, 'k' || n % 20, 'Hydrant leaking', '消防通道被占', 's' || n % 5, n::text, 'phone',
  '{"grid": "g1"}', 'g' || n % 2000, repeat('报告内容 ', 20), false, false, registered_at,
  registered_at, 1, false, department,
  CASE WHEN is_open THEN registered_at + interval '4 hours' END,
  CASE WHEN NOT is_open THEN registered_at + interval '1 day' END, 0, 0, 0, '[]', '[]', 12, 1, 1, 9
FROM made;
INSERT INTO case_party (case_id, party, registered_at, closed_at)
SELECT case_id, p, registered_at, CASE WHEN NOT is_open THEN registered_at + interval '1 day' END
FROM made, unnest(ARRAY['department/' || department, 'source/s' || n % 5, 'person/p' || n % 500]) p;
INSERT INTO case_terms (case_id, registered_at, terms)
SELECT case_id, registered_at, (
    '报告 告内 内容 容 路 号 grid g' || n % 2000 || ' ' || n
    || CASE WHEN n % 10 = 0 THEN ' 消防 防通 通道 道 fire lane' ELSE '' END
    || CASE WHEN n % 10 = 1 THEN ' hydrant leaking 漏水 水' ELSE '' END
    || CASE WHEN n BETWEEN 0.6 * :cases AND 0.7 * :cases AND n % 2 = 0 THEN ' 积雪 雪' ELSE '' END
    || ' ' || chr(20000 + n % 97) || '路 ' || chr(20000 + n % 9973) || '号'
    || :fillers || :spans)::tsvector
FROM made;

-- A year of each firm in the temporary table `firm`: whole numbers in, rows out, no chance.
--
-- firm: o (its place, 1 …), workspace_id, connection_id, size (invoices of the year), customers,
-- every (each so-manieth of the last month's invoices is stuck), began, ended.
-- A row's number is 4 * n + o, so that the firms' rows lie between each other, as they come.

CREATE FUNCTION pg_temp.moment(began timestamptz, ended timestamptz, n bigint, size bigint)
RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
$$ SELECT began + (ended - began) * (n::float8 / size) $$;

INSERT INTO customer (id, workspace_id, external_id, name, email)
SELECT 4 * n + o, workspace_id, 'cus_' || n,
       (ARRAY['Moorland','Harcourt','Meridian','Oakfield','Northgate','Pennine','Castle','Weaver','Aire','Calder'])[1 + n % 10]
       || ' ' || (ARRAY['Practice','Dental','Care Homes','Joinery','Brewing','Solicitors','Veterinary','Estates'])[1 + n % 8]
       || ' ' || n || ' Ltd', 'ap' || n || '@firm.example'
FROM firm, generate_series(1, customers) n;

INSERT INTO customer_link (workspace_id, connection_id, customer_id, ledger_id, ledger_name, how, currency)
SELECT workspace_id, connection_id, 4 * n + o, 'C' || n, 'Customer ' || n, 'found', 'GBP'
FROM firm, generate_series(1, customers) n;

INSERT INTO ledger_customer (workspace_id, connection_id, ledger_id, read_at, name, active, currency)
SELECT workspace_id, connection_id, 'C' || n, ended, 'Customer ' || n, true, 'GBP'
FROM firm, generate_series(1, customers) n;

INSERT INTO service (workspace_id, code, name)
SELECT workspace_id, 'SVC-' || n, 'Service ' || n FROM firm, generate_series(0, 39) n;

INSERT INTO tax_code (workspace_id, code, name, rate)
SELECT workspace_id, 'VAT' || n, 'VAT ' || n, n FROM firm, unnest(ARRAY[20, 5, 0]) n;

INSERT INTO catalogue_entry (workspace_id, connection_id, kind, ledger_id, name, active, rate, details)
SELECT workspace_id, connection_id, 'item', n::text, 'Item ' || n, true, NULL, '{}'::jsonb FROM firm, generate_series(0, 59) n
UNION ALL
SELECT workspace_id, connection_id, 'tax_code', n::text, n || '.0% S', true, n, '{}' FROM firm, unnest(ARRAY[20, 5, 0]) n;

-- Two services and one tax code are not mapped.
INSERT INTO mapping (workspace_id, connection_id, kind, code, ledger_id, ledger_name, set_by, set_at)
SELECT workspace_id, connection_id, 'service', 'SVC-' || n, n::text, 'Item ' || n, 'Priya Nair', began FROM firm, generate_series(2, 39) n
UNION ALL
SELECT workspace_id, connection_id, 'tax_code', 'VAT' || n, n::text, n || '.0% S', 'Priya Nair', began FROM firm, unnest(ARRAY[20, 5]) n;

CREATE TEMP TABLE made AS
SELECT o, workspace_id, connection_id, ended, size, 4 * n + o AS id, n, pg_temp.moment(began, ended, n, size) AS at,
       ((n * 7919) % 495000 + 5000) / 100.0 AS net, 4 * (1 + n * 31 % customers) + o AS customer_id,
       CASE WHEN n > size * 11 / 12 AND n % every = 0 THEN
              (ARRAY['service:SVC-0','service:SVC-1','tax_code:VAT0','customer:','refused:6210','refused:6140','gave_up:no_answer','review:'])[1 + n / every % 8]
            WHEN n > size - 40 THEN 'hand:'
            WHEN n % 199 = 0 THEN 'never:' WHEN n % 211 = 0 THEN 'void:' WHEN n % 5003 = 0 THEN 'differs:' ELSE '' END AS fate
FROM firm, generate_series(1, size) n ORDER BY n, o;
CREATE INDEX ON made (id);
ANALYZE made;

INSERT INTO invoice (id, workspace_id, created_at, updated_at, kind, external_id, number, revision, issue_date, due_date, currency, prices,
  recurring, push_policy, customer_id, subtotal, tax_total, total, finalised_at, status, balance, connection_id, sync_state, problem)
SELECT id, workspace_id, at, at, 'invoice', 'inv_' || n, 'INV-' || 100000 + n, 1, at::date, at::date + 30, 'GBP', 'tax_exclusive',
       n % 3 > 0, 'auto', customer_id, net, net / 5, net * 1.2, at,
       CASE WHEN fate = 'void:' THEN 'void' WHEN fate = '' AND n % 100 < 82 AND at < ended - interval '9 days' THEN 'paid' ELSE 'open' END,
       CASE WHEN fate = 'void:' OR (fate = '' AND n % 100 < 82 AND at < ended - interval '9 days') THEN 0 ELSE net * 1.2 END,
       connection_id,
       CASE split_part(fate, ':', 1) WHEN '' THEN 'pushed' WHEN 'void' THEN 'voided' WHEN 'differs' THEN 'differs' WHEN 'never' THEN 'not_sent'
         WHEN 'hand' THEN 'waiting' WHEN 'refused' THEN 'failed' WHEN 'gave_up' THEN 'dead' WHEN 'review' THEN 'held' ELSE 'blocked' END,
       CASE WHEN fate LIKE 'refused:%' OR fate LIKE 'gave_up:%' THEN
              jsonb_build_object('code', split_part(fate, ':', 2), 'title', 'QuickBooks refused this invoice.', 'means', 'It is not in your books.',
                'what_to_do', 'Change it, then try again.', 'ledger_message', 'Business Validation Error', 'ledger_request_id', '1-a-' || id,
                'missing', '[]'::jsonb)
            WHEN fate ~ '^(service|tax_code|customer):' THEN
              jsonb_build_object('code', split_part(fate, ':', 1), 'title', 'Something is not mapped.', 'means', '', 'what_to_do', 'Map it.', 'missing',
                jsonb_build_array(jsonb_build_object('kind', split_part(fate, ':', 1), 'code', split_part(fate, ':', 2), 'name', split_part(fate, ':', 2)))) END
FROM made ORDER BY n, o;

-- Two thousand credit notes, all of them there.
INSERT INTO invoice (id, workspace_id, created_at, updated_at, kind, external_id, number, revision, issue_date, currency, prices,
  recurring, push_policy, customer_id, subtotal, tax_total, total, finalised_at, status, balance, connection_id, sync_state)
SELECT 4 * (size + n) + o, workspace_id, at, at, 'credit_note', 'cn_' || n, 'CN-' || n, 1, at::date, 'GBP', 'tax_exclusive', false, 'auto', customer_id, 50, 10, 60,
       at, 'open', 60, connection_id, 'pushed'
FROM made WHERE n % 50 = 0 ORDER BY n, o;

INSERT INTO invoice_line (workspace_id, created_at, invoice_id, revision, position, external_id, service_code, tax_code, tax_rate, description,
  quantity, unit_price, amount, tax_amount)
SELECT workspace_id, at, id, 1, p, p::text, 'SVC-' || CASE WHEN fate LIKE 'service:%' THEN n % 2 ELSE 2 + (n * 3 + p) % 38 END, 'VAT20', 20,
       'Managed service, monthly charge', 1, round(net / 3, 2), round(net / 3, 2), round(net / 15, 2)
FROM made, generate_series(1, 3) p ORDER BY n, o;

INSERT INTO document_link (workspace_id, created_at, connection_id, document_kind, document_id, ledger_id, version, revision, number, sent_total,
  ledger_total, ledger_tax_total, settled, url, pushed_at)
SELECT workspace_id, at, connection_id, 'invoice', id, 'I' || n, '1', 1, 'INV-' || 100000 + n, net * 1.2, net * 1.2, net / 5, 0,
       'https://app.example/invoice?txnId=' || n, at + interval '1 minute'
FROM made WHERE fate IN ('', 'void:', 'differs:') ORDER BY n, o;

INSERT INTO ledger_invoice (workspace_id, created_at, connection_id, ledger_id, version, read_at, updated_there_at, number, customer_ledger_id,
  customer_name, issue_date, due_date, currency, total, tax_total, balance, voided)
SELECT workspace_id, at, connection_id, 'I' || n, '1', at + interval '2 minutes', at + interval '1 minute', 'INV-' || 100000 + n,
       'C' || (customer_id - o) / 4, 'Customer ' || (customer_id - o) / 4, at::date, at::date + 30, 'GBP', net * 1.2, net / 5,
       CASE WHEN n % 100 < 82 THEN 0 ELSE net * 1.2 END, fate = 'void:'
FROM made WHERE fate IN ('', 'void:', 'differs:') ORDER BY n, o;

INSERT INTO ledger_payment (workspace_id, created_at, connection_id, ledger_id, version, read_at, updated_there_at, customer_ledger_id, received_on,
  currency, amount, unapplied, reference)
SELECT workspace_id, at + interval '9 days', connection_id, 'P' || n, '1', at + interval '9 days', at + interval '9 days',
       'C' || (customer_id - o) / 4, at::date + 9, 'GBP', net * 1.2, 0, 'BACS ' || n
FROM made WHERE fate = '' AND n % 100 < 82 AND at < ended - interval '9 days' ORDER BY n, o;

INSERT INTO ledger_settlement (workspace_id, created_at, connection_id, payment_ledger_id, invoice_ledger_id, amount)
SELECT workspace_id, at + interval '9 days', connection_id, 'P' || n, 'I' || n, net * 1.2
FROM made WHERE fate = '' AND n % 100 < 82 AND at < ended - interval '9 days' ORDER BY n, o;

INSERT INTO settlement_change (workspace_id, created_at, connection_id, payment_ledger_id, invoice_ledger_id, outcome, before, after, kind,
  received_on, reference)
SELECT workspace_id, at + interval '9 days', connection_id, 'P' || n, 'I' || n, CASE WHEN n % 50 = 0 THEN 'updated' ELSE 'applied' END,
       NULL, net * 1.2, 'payment', at::date + 9, 'BACS ' || n
FROM made WHERE fate = '' AND n % 100 < 82 AND at < ended - interval '9 days' ORDER BY n, o;

-- Two and a half pushes of each invoice, four tries of each push.
CREATE TEMP TABLE tried AS
SELECT m.*, p AS push_n, 4 * p + m.o AS push_id, (2 * (p - 1) + 4) / 5 < m.n AS newest, least(at + (p % 3 + 1) * interval '1 minute', ended) AS pushed_at
FROM made m, LATERAL generate_series((5 * (m.n - 1)) / 2 + CASE WHEN m.n % 2 = 1 THEN 1 ELSE 0 END, (5 * m.n) / 2) p
WHERE (2 * p + 4) / 5 = m.n
ORDER BY p, m.o;

INSERT INTO push_run (id, workspace_id, created_at, connection_id, started_at, finished_at)
SELECT 4 * d + o, workspace_id, began + d * interval '1 day', connection_id, began + d * interval '1 day', began + (d + 0.9) * interval '1 day'
FROM firm, generate_series(1, 364) d;

INSERT INTO push (id, workspace_id, created_at, connection_id, document_kind, document_id, operation, revision, state, due_at, attempts, key, body,
  total, number, key_used, first_sent_at, finished_at, run_id, problem)
SELECT push_id, t.workspace_id, pushed_at, t.connection_id, 'invoice', id, CASE WHEN newest THEN 'create' ELSE 'update' END, 1,
       CASE WHEN fate IN ('', 'void:', 'differs:') THEN 'done' WHEN fate = 'never:' OR NOT newest THEN 'cancelled' WHEN fate = 'hand:' THEN 'waiting'
         WHEN fate LIKE 'refused:%' THEN 'failed' WHEN fate LIKE 'gave_up:%' THEN 'dead' WHEN fate = 'review:' THEN 'held' ELSE 'blocked' END,
       CASE WHEN fate = 'hand:' THEN ended + interval '1 day' ELSE pushed_at END,
       3, 'k' || push_id, convert_to('{"Line":[' || repeat('{"Amount":100.00},', 15) || '{}]}', 'UTF8'), net * 1.2, 'INV-' || 100000 + n, true, pushed_at,
       CASE WHEN fate IN ('', 'void:', 'differs:', 'never:') OR NOT newest THEN pushed_at END,
       CASE WHEN fate IN ('', 'void:', 'differs:') THEN 4 * greatest(1, least(364, n * 365 / size - 1)) + o END, NULL
FROM tried t ORDER BY push_n, o;

INSERT INTO attempt (workspace_id, created_at, push_id, connection_id, started_at, milliseconds, outcome, words, code, ledger_message,
  ledger_request_id, actor)
SELECT workspace_id, pushed_at, push_id, connection_id, pushed_at + a * interval '3 seconds', 200 + push_n % 400,
       CASE WHEN a < 4 THEN (ARRAY['retrying','throttled','unconfirmed'])[a] WHEN fate LIKE 'refused:%' THEN 'failed' ELSE 'pushed' END,
       CASE WHEN a < 4 THEN 'QuickBooks did not answer in time. It is tried again.' ELSE 'In QuickBooks.' END,
       CASE WHEN a < 4 THEN '503' END, CASE WHEN a < 4 THEN 'Service Unavailable' END, '1-' || md5(push_id::text || a), 'Ledgerbridge'
FROM tried, generate_series(1, 4) a ORDER BY push_n, o, a;

INSERT INTO inbound_event (workspace_id, connection_id, source, event_id, type, received_at, status, reason, raw, body, subject)
SELECT workspace_id, CASE WHEN e % 7 > 1 THEN connection_id END, CASE WHEN e % 7 > 1 THEN 'quickbooks' ELSE 'billing' END, 'evt_' || e,
       CASE WHEN e % 7 > 1 THEN 'payment.create' ELSE 'invoice.finalised' END, pg_temp.moment(began, ended, e, 7 * size),
       CASE WHEN e % 20 = 0 THEN 'ignored' WHEN e % 997 = 0 THEN 'refused' ELSE 'accepted' END, CASE WHEN e % 20 = 0 THEN 'Seen before.' END,
       CASE WHEN e % 7 < 2 THEN convert_to(repeat('{"type":"invoice.finalised"}', 12), 'UTF8') END, CASE WHEN e % 7 > 1 THEN 'b' || e END,
       CASE WHEN e % 7 > 1 THEN 'invoice:I' ELSE 'invoice:' END || (1 + e / 7)
FROM firm, generate_series(1, 7 * size) e ORDER BY e, o;

-- Bodies of ledgers' notices and what was refused at their doors belong to nobody.
INSERT INTO inbound_event (source, event_id, type, received_at, status, reason, address, raw)
SELECT 'quickbooks', 'b' || e, CASE WHEN e % 50 > 0 THEN 'body' END, pg_temp.moment(began, ended, e, 2 * size),
       CASE WHEN e % 50 = 0 THEN 'refused' ELSE 'accepted' END, CASE WHEN e % 50 = 0 THEN 'The signature does not match.' END,
       '192.0.2.' || e % 200, convert_to(repeat('{"eventNotifications":[]}', 8), 'UTF8')
FROM firm, generate_series(1, 2 * size) e WHERE o = 1 ORDER BY e;

INSERT INTO event_endpoint (id, workspace_id, url) SELECT o, workspace_id, 'https://billing.example/hooks/' || o FROM firm;

INSERT INTO outbound_event (id, workspace_id, created_at, type, subject, data, addressed)
SELECT 4 * e + o, workspace_id, pg_temp.moment(began, ended, e, 2 * size), CASE WHEN e % 2 = 0 THEN 'invoice.pushed' ELSE 'invoice.paid' END,
       'invoice:' || 4 * (1 + e / 2) + o,
       jsonb_build_object('id', 'inv_' || e / 2, 'number', 'INV-' || 100000 + e / 2, 'company', 'Firm', 'total', '1204.00', 'balance', '0.00', 'amount', '1204.00', 'status', 'paid', 'currency', 'GBP'), true
FROM firm, generate_series(1, 2 * size) e ORDER BY e, o;

INSERT INTO outbound_delivery (workspace_id, created_at, event_id, endpoint_id, subject, state, due_at, until, attempts, tried_at, status)
SELECT workspace_id, ended, 4 * e + o, o, 'invoice:' || 4 * (1 + e / 2) + o,
       CASE WHEN e > 2 * size - 10 THEN 'waiting' WHEN e % 40000 = 0 THEN 'given_up' ELSE 'delivered' END, ended, ended + interval '3 days', 1, ended, 200
FROM firm, generate_series(1, 2 * size) e ORDER BY e, o;

INSERT INTO audit_entry (workspace_id, created_at, actor, action, subject, detail)
SELECT workspace_id, pg_temp.moment(began, ended, e, 2 * size), 'Priya Nair', (ARRAY['invoice.retry','mapping.save','invoice.push_now'])[1 + e % 3],
       'invoice:' || 4 * (1 + e / 2) + o, jsonb_build_object('number', 'INV-' || e)
FROM firm, generate_series(1, 2 * size) e ORDER BY e, o;

INSERT INTO reconciliation (id, workspace_id, created_at, connection_id, trigger, first_day, last_day, started_at, finished_at, verdict, currency,
  our_count, our_total, ledger_count, ledger_total, figures)
SELECT 4 * d + o, workspace_id, began + d * interval '1 day', connection_id, 'clock', (began + d * interval '1 day')::date - 30,
       (began + d * interval '1 day')::date, began + d * interval '1 day', began + d * interval '1 day' + interval '1 minute',
       CASE WHEN d % 7 = 0 THEN 'differs' ELSE 'square' END, 'GBP', 8000, 1000000, 8000, 1000000, NULL
FROM firm, generate_series(1, 364) d;

INSERT INTO drift (workspace_id, created_at, connection_id, kind, subject, invoice_id, ledger_id, number, customer_name, currency, ours, theirs,
  amount, explanation, opened_by_id, seen_by_id, closed_at)
SELECT workspace_id, began, connection_id, 'amount', 'invoice:' || 4 * n + o, 4 * n + o, 'I' || n, 'INV-' || 100000 + n, 'Customer', 'GBP', '£1.00',
       '£2.00', 1, 'Edited in QuickBooks.', 4 + o, 4 + o, CASE WHEN n > 20 THEN ended END
FROM firm, generate_series(1, 500) n;

INSERT INTO mail (workspace_id, created_at, recipients, subject, body_text, body_html, sent_at)
SELECT workspace_id, began + d * interval '1 day', '["priya@firm.example"]', 'All square', repeat('All square. ', 50), repeat('<p>All square.</p>', 90),
       began + d * interval '1 day'
FROM firm, generate_series(1, 364) d;

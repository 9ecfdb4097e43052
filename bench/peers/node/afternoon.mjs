// @ts-nocheck: its packages are installed on demand, elsewhere.
/**
 * What a developer writes in an afternoon: Express, otplib, better-sqlite3. Each validation is one row, on the
 * disk before it is answered.
 *
 *   node afternoon.mjs enrol FILE     reads [[name, base32 secret], …] from its input
 *   node afternoon.mjs serve FILE PORT
 */
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import express from 'express';
import { verifySync } from 'otplib';

const [command, file, port] = process.argv.slice(2);
const db = new Database(file);
db.pragma('journal_mode = wal');
db.pragma('synchronous = full');
db.exec(`
  create table if not exists user (name text primary key, secret text not null) without rowid;
  create table if not exists validation (
    id integer primary key, at integer not null, name text not null, valid integer not null, ip text, agent text
  );
`);

if (command === 'enrol') enrol(JSON.parse(readFileSync(0, 'utf8')));
else serve();

function enrol(users) {
  const insert = db.prepare('insert into user values (?, ?)');
  db.transaction(() => {
    for (const user of users) insert.run(user);
  })();
}

function serve() {
  const find = db.prepare('select secret from user where name = ?');
  const record = db.prepare('insert into validation (at, name, valid, ip, agent) values (?, ?, ?, ?, ?)');
  const app = express();
  app.use(express.json());
  app.use((request, response, next) => {
    if (request.get('authorization') === `Bearer ${process.env.API_KEY}`) next();
    else response.status(401).json({ error: 'unauthorized' });
  });
  app.post('/validate', (request, response) => {
    const { name, token } = request.body;
    const user = find.get(name);
    if (user === undefined) return response.status(404).json({ error: 'not found' });
    const { valid } = verifySync({ secret: user.secret, token, epochTolerance: 30 });
    record.run(Date.now(), name, valid ? 1 : 0, request.ip, request.get('user-agent') ?? null);
    return response.json({ valid });
  });
  app.listen(Number(port), '127.0.0.1');
}

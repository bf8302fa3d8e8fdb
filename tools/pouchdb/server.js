// PouchDB behind HTTP, as express-pouchdb serves it:
//
//     node server.js FOLDER PORT
//
// PouchDB's LevelDB never syncs what it acknowledges.
'use strict';

const express = require('express');
const expressPouchDB = require('express-pouchdb');
const PouchDB = require('pouchdb');

const [folder, port] = process.argv.slice(2);
const app = express();
const Databases = PouchDB.defaults({ prefix: `${folder}/` });
app.use('/', expressPouchDB(Databases, {
  mode: 'minimumForPouchDB',
  overrideMode: { include: ['routes/replicate'] },
  configPath: `${folder}/config.json`,
  logPath: `${folder}/log.txt`,
}));
app.listen(Number(port), '127.0.0.1');

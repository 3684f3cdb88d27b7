import {readDocument} from './src/yaml/document.ts'
import {printProblem} from './src/yaml/problem.ts'
import {runbookFile} from './src/engine/schema.ts'
const go=(t:string)=>{const r=readDocument('x.yml',t,runbookFile); console.log('---'); if(r.ok)console.log('ok');else for(const p of r.problems)console.log(printProblem(p))}
go(`version: 1
topic: db
title: DB
symptoms: []
probes:
  disk:
    title: Disk
    run: df
    timout: 5s
    parse: {tabel: {columns: {a: int}}}
  Two: {title: x}
  three: {title: 3, run: [1], parse: linez, timeout: 45s}
  four: {title: x, run: y, privileged: [a], parse: {table: {columns: {a: nt}, skip: x}}}
findings:
  a.b:
    title: x
    severity: crit
`)
go('version: 1\nprobes: {}\n'); go('version: 1\ntopik: a\n'); go('a: 1\na: 2'); go('a: [1'); go(''); go('a: !foo x'); go('['.repeat(100000));go('5');go('a: &x [1,1]\nb: &y [*x,*x,*x,*x,*x,*x,*x,*x,*x]\nc: &z [*y,*y,*y,*y,*y,*y,*y,*y,*y]\nd: [*z,*z,*z,*z,*z,*z,*z,*z,*z]')
go('version: 1\npart: x\n')

import {Environment} from '@marcbachmann/cel-js'
const env = new Environment({limits:{maxAstNodes:2000,maxDepth:40}})
class Row{constructor(o){Object.assign(this,o)}}; Object.setPrototypeOf(Row.prototype,null)
class P{constructor(o){Object.assign(this,o)}}
Object.setPrototypeOf(P.prototype,null)
env.registerType('a_row',{ctor:Row,fields:{mount:'string',use:'int',f:'double'}})
env.registerType('a_probe',{ctor:P,fields:{rows:'list<a_row>',out:'string'}})
env.registerVariable('a','a_probe')
env.registerFunction('first(list<T>): T',l=>{if(!l.length)throw new Error('empty');return l[0]})
env.registerFunction('re(string, string): bool',()=>true)
env.registerFunction('max(list<int>): int',()=>1n)
env.registerFunction('max(list<double>): double',()=>1)
env.registerFunction('grep(string, string): list<string>',()=>[])
env.registerFunction('grep(list<string>, string): list<string>',()=>[])
const a=new P({rows:[new Row({mount:'/',use:3n,f:1.5}),new Row({mount:'/x'})],out:'a\nb'})
const t=e=>{const k=env.check(e); if(!k.valid){console.log('INVALID',e,k.error.name,k.error.code,k.error.range,'\n'+k.error.message);return}
 try{console.log(e,'=>',k.type,env.evaluate(e,{a}))}catch(x){console.log(e,'=>',k.type,'ERR',x.name,x.code,x.message.split('\n')[0])}}
t('first(a.rows).mount');t('first(a.rows.filter(r, r.use > 1)).use');t('a.rows.filter(r, r.use > 1)');t('a.rows.map(r, r.use)');t('max(a.rows.map(r, r.use))');t('max(a.rows.map(r, r.f))')
t('a.rows.exists(r, re(r.mount, "x"))'); t('grep(a.out,"x").size() > 0'); t('first(grep(a.out,"x"))'); t('[]');t('first([])')
t('has(a.rows) && has(first(a.rows).use)');t('has(a.rows[1].use)'); t('a.rows.all(r, has(r.use) && r.use>1)'); t('a.rowz'); t('b.x'); t('a.out + 1');t('{"a":1}');t('a.rows.map(r, r.mount + "x").join(", ")')
t('a.rows.exists(r, r.use > 10)'); t('a.rows.exists(r, r.use > 1)');t('1.5 > 1');t('1 / 0 > 1');t('string(2.0)+string(1.25)');t('a.rows.filter(r, !has(r.use)).size() == 1');t('a.rows == []');t('"a" in ["a"]');t('a.rows.map(r, r.use > 1 ? r.mount : "no")'); t('double(3) * 2.0'); t('timestamp("x")'); t('duration("1s")'); t('a.rows.exists(r, r.mount.matches("x"))');t('type(a)');t('int(a.out)')
const show=(n,d=0)=>{ if(!n||typeof n!=='object'||d>8)return n; if(Array.isArray(n))return n.map(x=>show(x,d+1)); return n.op?{op:typeof n.op==='object'?n.op.name??'OBJ':n.op,args:show(n.args,d+1)}:Object.keys(n)}
console.dir(show(env.parse('a.rows.exists(r, r.mount.matches("x")) && cel.bind(y, a.out, re(y, "z")) && re(a.out, "a" + "b")').ast),{depth:20})
try{env.registerVariable('in','string')}catch(e){console.log(e.message)}
try{env.registerVariable('int','string')}catch(e){console.log(e.message)}
try{env.registerVariable('namespace','string')}catch(e){console.log(e.message)}
console.log(env.check('a.out ==').error.message, env.check('first(1)').error.message, env.check('has(a)').error.message,env.check('a.rows.exists(r, 1)').error?.message,env.check('foo(1)').error?.message)

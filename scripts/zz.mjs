import { shippedRunbooks } from '../dist/cli/set-up.js'
import { loadRunbooks } from '../dist/engine/load-runbooks.js'
import { readRecording } from '../dist/runs/recording.js'
import { rejudge } from '../dist/runs/replay.js'
const l=loadRunbooks([shippedRunbooks]); const r=readRecording(process.argv[2]); const rb=l.runbooks.topics.get(r.recording.topic)
const rep=rejudge(rb,r.recording)
for(const f of rep.findings) console.log(f.role,f.id,f.subject,'|',f.title.slice(0,120),'|',(f.explainedBy||[]).join())
console.log(rep.verdict, rep.summary); console.log('unknown',rep.unknown.map(u=>u.probe).join()); console.log('unexplained',JSON.stringify((rep.unexplained||[]).map(u=>[u.of,u.said.slice(0,140),u.count,u.goesOn,u.strangers])))
for(const id of process.argv.slice(3)) console.log(id, rep.ruledOut.some(x=>x.id===id)?'ruled out':'-')

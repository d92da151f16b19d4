// nunjucks.js TEMPLATES data.json: µs per render of the page, with the filters that nunjucks has not.
const fs = require('fs');
let nunjucks;
try { nunjucks = require('nunjucks'); } catch (error) { console.log('nunjucks\tnot installed'); process.exit(0); }
const [folder, data] = process.argv.slice(2);
// Django's syntax for filter arguments and templates' relative names, as nunjucks writes them.
const Loader = nunjucks.Loader.extend({
    getSource(name) {
        const text = fs.readFileSync(`${folder}/${name}`, 'utf8').replace(/\|(\w+):("[^"]*"|\d+)/g, '|$1($2)')
            .replace(/forloop\.counter/g, 'loop.index').replace(/block\.super/g, 'super()');
        return { src: text, path: name, noCache: false };
    },
});
const env = new nunjucks.Environment(new Loader(), { autoescape: true });
const two = (n) => String(n).padStart(2, '0');
env.addFilter('date', (t) => {
    const d = new Date(t * 1000);
    return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
});
env.addFilter('floatformat', (n, places) => n.toFixed(places));
env.addFilter('default', (value, otherwise) => value || otherwise);
env.addFilter('truncatewords', (text, count) => {
    const words = text.split(' ');
    return words.length <= count ? text : words.slice(0, count).join(' ') + ' …';
});
const context = JSON.parse(fs.readFileSync(data, 'utf8'));
const page = env.getTemplate('page.html', true);
const times = [];
for (let round = 0; round < 7; ++round) {
    const start = process.cpuUsage();
    for (let i = 0; i < 500; ++i) page.render(context);
    const used = process.cpuUsage(start);
    times.push((used.user + used.system) / 500);
}
times.sort((a, b) => a - b);
console.log(`nunjucks\t${times[3].toFixed(1)}\t${times[0].toFixed(1)}..${times[6].toFixed(1)}\t${page.render(context).length}`);

// Counts what a subscription tells: node peer.mjs URL WARM-UP ITEMS
import { readFileSync } from 'node:fs';
import { createPublicClient, webSocket } from 'viem';

const [url, warmUp, items] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const ticks = () => {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
};
let seen = 0;
let begun = 0n;
let cpu = 0;
const client = createPublicClient({ transport: webSocket(url, { keepAlive: false }) });
await client.transport.subscribe({
  params: ['logs', {}],
  onData(data) {
    if (data.result === 'end') {
      const micros = Number((process.hrtime.bigint() - begun) / 1000n);
      console.log(`items ${seen - warmUp} micros ${micros} ticks ${ticks() - cpu} lost ${warmUp + items - seen}`);
      process.exit(0);
    }
    if (++seen === warmUp) {
      begun = process.hrtime.bigint();
      cpu = ticks();
    }
  },
  onError(failure) {
    console.error(failure);
    process.exit(1);
  },
});

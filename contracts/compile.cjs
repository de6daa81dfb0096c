// Compiles ProxyRegistry.sol with the solc that is installed beside this file or in $NODE_PATH, and
// prints {compiler, abi, bytecode} as JSON. Reads no network. Used by ./compile.
const fs = require('fs');
const path = require('path');
const solc = require('solc');

const name = 'ProxyRegistry.sol';
const input = {
  language: 'Solidity',
  sources: { [name]: { content: fs.readFileSync(path.join(__dirname, name), 'utf8') } },
  settings: {
    optimizer: { enabled: true, runs: 200 },
    evmVersion: 'paris',
    metadata: { bytecodeHash: 'none', appendCBOR: false },
    outputSelection: { [name]: { ProxyRegistry: ['abi', 'evm.bytecode.object'] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
const problems = output.errors || [];
problems.forEach((problem) => process.stderr.write(problem.formattedMessage + '\n'));
if (problems.length > 0) process.exit(1);
const contract = output.contracts[name].ProxyRegistry;
process.stdout.write(
  JSON.stringify(
    {
      compiler: solc.version().split('.Emscripten')[0],
      abi: contract.abi,
      bytecode: '0x' + contract.evm.bytecode.object,
    },
    null,
    1
  ) + '\n'
);

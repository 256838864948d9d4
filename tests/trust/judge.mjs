// Asks the simulator of IAM about requests to assume roles: reads cases from a file, and prints a letter for each request.
//
// A case has a trust policy, a caller, the account of the role, whether the caller's own policies allow the request, and
// the condition keys of one request after the other. `A` is allowed, `D` is denied, `E` is refused as no policy.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules, file] = process.argv.slice(2);
const require = createRequire(join(modules, 'package.json'));
const { runSimulation } = require('@cloud-copilot/iam-simulate');

const ALLOWED = {
  name: 'allowed',
  policy: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }],
  },
};

const answers = [];
for (const one of JSON.parse(readFileSync(file, 'utf8'))) {
  let letters = '';
  for (const context of one.contexts) {
    const simulated = await runSimulation(
      {
        request: {
          principal: one.caller,
          action: one.action,
          resource: { resource: `arn:aws:iam::${one.account}:role/target`, accountId: one.account },
          contextVariables: context,
        },
        identityPolicies: one.permitted ? [ALLOWED] : [],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: one.policy,
      },
      {},
    );
    const result = simulated.resultType === 'single' ? simulated.overallResult : 'error';
    letters += result === 'error' ? 'E' : result === 'Allowed' ? 'A' : 'D';
  }
  answers.push(letters);
}
console.log(JSON.stringify(answers));

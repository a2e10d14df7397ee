// What the package's scripts believe of the engine, and what it is.
import { test } from 'node:test';
import { compareTypings } from '../page/typings.mjs';

/** What only the page's build has. */
const OF_THE_PAGE = /^(OneShot|Walk|Simulation|Sampler|landscape|plot_range|peak|workloads|Engine\.(density|estimate_at|flow_shots|gaussian_shots|next_step|pulls|region|reweighting|walk)|Pretrained\.(anneal|pooled|share|simulation|train)|Training\.(of_workload|sampler)|Share\.of_workload)\b/;

test('www/src/engine.d.ts says what the package\'s engine has', () => compareTypings('target/xtask/simd/glue.d.ts', (name) => !OF_THE_PAGE.test(name)));

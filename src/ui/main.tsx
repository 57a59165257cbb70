/** Where the page begins: what the server shows decides which views there are. */
import { render } from 'preact';
import type { PageInfo } from '../trace/page-info.ts';

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element with the id "page"');
const answer = await fetch('api/v1/page');
const info = (await answer.json()) as PageInfo;
render(<h1>{info.title}</h1>, root);

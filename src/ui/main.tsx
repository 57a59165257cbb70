/** Where the page begins. */
import { render } from 'preact';
import { App } from './shell/app.tsx';
import { boot } from './shell/boot.ts';

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element with the id "page"');
render(<App />, root);
void boot();

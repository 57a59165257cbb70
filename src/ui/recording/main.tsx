/** Where the page of one recording begins: a file to give away, which shows what it holds and asks nobody for anything. */
import { render } from 'preact';
import { RecordingPage } from './recording-page.tsx';

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element with the id "page"');
render(<RecordingPage />, root);

/** The stories of tasks by the library. */
import { byLibrary } from './by-library.ts';
import { tellAllBy } from './tell.ts';

tellAllBy(byLibrary);

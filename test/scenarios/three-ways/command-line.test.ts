/** The stories of tasks by the command line. */
import { byCommandLine } from './by-command-line.ts';
import { tellAllBy } from './tell.ts';

tellAllBy(byCommandLine);

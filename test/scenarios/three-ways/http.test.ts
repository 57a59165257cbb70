/** The stories of tasks over HTTP. */
import { byHttp } from './by-library.ts';
import { tellAllBy } from './tell.ts';

tellAllBy(byHttp);

/** A module of the read pool's threads that cannot be loaded. Nothing here answers. */
throw new Error('this module cannot be loaded');

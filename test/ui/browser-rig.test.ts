/** The rig of the browser tests itself: that nothing a page does wrong passes it by. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { suite, test, type TestContext } from 'node:test';
import { assertAccessible, openPage, sharedBrowser } from '../rig/browser.ts';
import { atEnd } from '../rig/cleanup.ts';

const browser = sharedBrowser();

/** Serves these documents, with a policy that allows scripts of the document and nothing else. */
async function serveDocuments(t: TestContext, documents: Readonly<Record<string, string>>): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const document = documents[url];
    response.writeHead(document === undefined ? 404 : 200, {
      'content-type': 'text/html',
      'content-security-policy': "default-src 'none'; script-src 'unsafe-inline'; img-src * data:",
    });
    response.end(document);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

/** An icon of its own, so that the browser asks for none. */
const HEAD = '<!doctype html><html lang="en"><title>a page</title><link rel="icon" href="data:,">';

suite('the rig', () => {
  test('is told of errors on the console, exceptions, refused requests, violations of the policy, and requests to others', async (t) => {
    const document = `${HEAD}<script>
      console.error('planted on the console');
      throw new Error('planted exception');
    </script><img src="/missing.png" alt=""><img src="http://elsewhere.example/x.png" alt=""><p style="color: red">late</p>`;
    const url = await serveDocuments(t, { '/': document });
    const page = await openPage(t, browser(), url, {
      expected: [
        /console: planted on the console/,
        /exception: Error: planted exception/,
        /console: .*status of 404.*missing\.png/,
        /console: .*Content Security Policy.*style/s,
        /request to another origin: http:\/\/elsewhere\.example\/x\.png/,
        /console: .*net::ERR_NAME_NOT_RESOLVED/,
      ],
    });
    await page.getByText('late').waitFor();
  });

  test('is told by axe of what keeps somebody out, and of nothing where all is well', async (t) => {
    const well = `${HEAD}<main><h1>A page</h1><p>Words.</p></main>`;
    const url = await serveDocuments(t, { '/': well });
    const page = await openPage(t, browser(), url);
    await assertAccessible(page);
    await page.evaluate(`document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')`);
    await assert.rejects(assertAccessible(page), /button-name: Buttons must have discernible text/);
  });

  test('looks at a page by day and by night', async (t) => {
    const url = await serveDocuments(t, { '/': HEAD });
    for (const scheme of ['light', 'dark'] as const) {
      const page = await openPage(t, browser(), url, { scheme });
      assert.equal(await page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches'), scheme === 'dark');
    }
  });
});

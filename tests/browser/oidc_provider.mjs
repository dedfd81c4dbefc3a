// Serves oidc-provider of npm on loopback, until its input ends. Arguments: the module, the port,
// and the address to which it sends people back. Anybody signs in there with any name and password.
import { pathToFileURL } from 'node:url';

const [module, port, redirectUri] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(module));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'bookstore', client_secret: 'a-secret-of-the-client', redirect_uris: [redirectUri] }],
  claims: { email: ['email', 'email_verified'], profile: ['preferred_username'] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id, email: `${id}@acme.example`, email_verified: true, preferred_username: id,
    }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
process.stdin.on('end', () => process.exit(0)).resume();

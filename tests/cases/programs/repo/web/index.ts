import { UsernamePasswordCredential, type TokenCredential } from '@azure/identity';

const credential: TokenCredential = new UsernamePasswordCredential(
  process.env.TENANT!, process.env.CLIENT!, process.env.AZ_USER!, process.env.AZ_PASSWORD!);
export default credential;

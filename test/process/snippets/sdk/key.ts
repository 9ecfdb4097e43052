import { isValid, Kanda } from '@kanda/sdk';

const kanda = new Kanda({
  url: 'https://your-kanda-server',
  apiKey: 'kan_your_api_key_here',
});

import { spawnSync } from 'node:child_process';

const { AZ_USER, AZ_PASSWORD } = process.env;
spawnSync('az', ['login', '--username', AZ_USER!, '--password', AZ_PASSWORD!, '--allow-no-subscriptions'], { stdio: 'inherit' });

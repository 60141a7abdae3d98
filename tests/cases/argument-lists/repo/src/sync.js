const { execSync } = require('child_process');

execSync(`az login --username ${process.env.AZ_USER} --password ${process.env.AZ_PASSWORD}`, { stdio: 'inherit' });
execSync('az group list --output table', { stdio: 'inherit' });

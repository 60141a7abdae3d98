Connect-AzAccount -Tenant '@@tenant_id@@' -ClaimsChallenge 'eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19'

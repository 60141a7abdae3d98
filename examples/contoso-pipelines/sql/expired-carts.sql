DELETE FROM carts
WHERE changed_at < DATEADD(day, -90, GETDATE());

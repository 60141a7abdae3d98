SELECT order_date, COUNT(order_id) AS orders, SUM(total_yen) AS total_yen
FROM orders
WHERE order_date >= DATEADD(day, -30, CAST(GETDATE() AS date))
GROUP BY order_date
ORDER BY order_date;

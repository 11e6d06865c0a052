-- Roles are viewer, operator, approver and admin, each with the rights of the one before.
-- Whoever has a role from before there were four keeps what it let them do: an operator
-- could approve and close, and a user without a role could do everything.
UPDATE users SET role = 'approver' WHERE role = 'operator';
UPDATE users SET role = 'admin' WHERE role NOT IN ('viewer', 'operator', 'approver', 'admin');

"""Any family as Stable-Baselines3 sees it, in a row; its copies; and policies trained there."""

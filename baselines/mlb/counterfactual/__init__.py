"""What other data are worth that nobody logged: relabelled, noisy and counterfactual windows.

Every augmentation takes the offline dataset and gives windows beside it. All know the physics of a
second exactly (who attaches where, and what that takes of the cells' blocks), so every reward is
right; they differ in the states: real ones, real ones with noise, futures that a generative model
imagines, futures in space.
"""

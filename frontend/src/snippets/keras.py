# Weights after every epoch. Keras logs neither gradients nor outputs: see the custom loop.
callback = keras.callbacks.TensorBoard("logs", histogram_freq=1)
model.fit(x, y, epochs=10, callbacks=[callback])

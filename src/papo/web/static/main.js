console.log("papo");
